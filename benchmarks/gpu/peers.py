"""What the GPU benchmarks measure, by PyTorch: a line "name<TAB>seconds" for each row."""
import sys, time

try:
    import torch
except ImportError:
    sys.exit(0)
if not torch.cuda.is_available():
    sys.exit(0)
from torch import nn
import torch.nn.functional as F

wanted, seconds = sys.argv[1].lower(), float(sys.argv[2])
torch.backends.cuda.matmul.allow_tf32 = False
torch.backends.cudnn.allow_tf32 = False
torch.backends.cudnn.benchmark = True
print(f"version\tPyTorch {torch.__version__}, CUDA {torch.version.cuda}", flush=True)


def once(run):
    start, runs = time.perf_counter(), 0
    while True:
        for _ in range(20 if runs else 1):
            run()
            runs += 1
        torch.cuda.synchronize()
        if time.perf_counter() - start >= seconds:
            return (time.perf_counter() - start) / runs


def row(name, make):
    if wanted not in name.lower():
        return
    try:
        run = make()
        once(run)
        print(f"{name}\t{once(run):.9f}", flush=True)
    except Exception as e:
        print(f"{name}: {e}", file=sys.stderr)


def normal(*shape):
    return torch.randn(*shape, device="cuda")


def product(m, k, n, dtype):
    x, y = normal(m, k).to(dtype), normal(k, n).to(dtype)
    return lambda: x @ y


def precisions():
    """Each precision's name as rows end with it, and the type of factors, while PyTorch rounds those of f32 as it says."""
    for name, dtype, rounds in [("", torch.float32, False), (", tf32", torch.float32, True), (", f16", torch.float16, False), (", bf16", torch.bfloat16, False)]:
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = rounds
        yield name, dtype
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False


for m, k, n in [(512, 512, 512), (1024, 1024, 1024), (2048, 2048, 2048), (4096, 4096, 4096), (8192, 8192, 8192), (16, 9216, 4096),
                (64, 784, 512), (1024, 512, 2048), (4096, 64, 4096), (256, 65536, 256)]:
    for precision, dtype in precisions():
        row(f"{m}×{k}×{n}{precision}", lambda: product(m, k, n, dtype))

layers = [("AlexNet 11×11/4, batch 64", (64, 3, 224, 224), (64, 3, 11, 11), 4, 2), ("AlexNet 5×5, batch 64", (64, 64, 27, 27), (192, 64, 5, 5), 1, 2),
          ("VGG 3×3 at 224, batch 16", (16, 64, 224, 224), (64, 64, 3, 3), 1, 1), ("VGG 3×3 at 56, batch 16", (16, 256, 56, 56), (256, 256, 3, 3), 1, 1),
          ("VGG 3×3 at 14, batch 16", (16, 512, 14, 14), (512, 512, 3, 3), 1, 1), ("ResNet 1×1 at 56, batch 32", (32, 256, 56, 56), (64, 256, 1, 1), 1, 0),
          ("ResNet 3×3/2 at 56, batch 32", (32, 64, 56, 56), (128, 64, 3, 3), 2, 1)]


def convolution(x, w, stride, padding, which, dtype):
    x, w = normal(*x).to(dtype), normal(*w).to(dtype)
    y = F.conv2d(x, w, None, stride, padding)
    def back(mask):
        return lambda: torch.ops.aten.convolution_backward(y, x, w, None, [stride] * 2, [padding] * 2, [1, 1], False, [0, 0], 1, mask)
    return {"forward": lambda: F.conv2d(x, w, None, stride, padding), "d input": back([True, False, False]), "d weight": back([False, True, False])}[which]


for name, x, w, stride, padding in layers:
    for which in ["forward", "d input", "d weight"]:
        for precision, dtype in precisions():
            row(f"{name}, {which}{precision}", lambda: convolution(x, w, stride, padding, which, dtype))


class Residual(nn.Module):
    def __init__(self, body, shortcut):
        super().__init__()
        self.body, self.shortcut = body, shortcut or nn.Identity()

    def forward(self, x):
        return F.relu(self.body(x) + self.shortcut(x))


def conv(i, o, k, s, p):
    return nn.Sequential(nn.Conv2d(i, o, k, s, p, bias=False), nn.BatchNorm2d(o))


def resnet(bottleneck, counts):
    stages, width = [conv(3, 64, 7, 2, 3), nn.ReLU(), nn.MaxPool2d(3, 2, 1)], 64
    for channels, count, stride in zip([64, 128, 256, 512], counts, [1, 2, 2, 2]):
        for i in range(count):
            s, out = stride if i == 0 else 1, channels * (4 if bottleneck else 1)
            body = nn.Sequential(conv(width, channels, 1, 1, 0), nn.ReLU(), conv(channels, channels, 3, s, 1), nn.ReLU(), conv(channels, out, 1, 1, 0)) if bottleneck \
                else nn.Sequential(conv(width, channels, 3, s, 1), nn.ReLU(), conv(channels, channels, 3, 1, 1))
            stages.append(Residual(body, conv(width, out, 1, s, 0) if s != 1 or width != out else None))
            width = out
    return nn.Sequential(*stages, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, 1000))


def vgg():
    layers, width = [], 3
    for channels, count in [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)]:
        for _ in range(count):
            layers += [nn.Conv2d(width, channels, 3, 1, 1), nn.ReLU()]
            width = channels
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(512 * 49, 4096), nn.ReLU(), nn.Linear(4096, 4096), nn.ReLU(), nn.Linear(4096, 1000))


def alexnet():
    return nn.Sequential(nn.Conv2d(3, 64, 11, 4, 2), nn.ReLU(), nn.MaxPool2d(3, 2), nn.Conv2d(64, 192, 5, 1, 2), nn.ReLU(), nn.MaxPool2d(3, 2), nn.Conv2d(192, 384, 3, 1, 1), nn.ReLU(),
                         nn.Conv2d(384, 256, 3, 1, 1), nn.ReLU(), nn.Conv2d(256, 256, 3, 1, 1), nn.ReLU(), nn.MaxPool2d(3, 2), nn.Flatten(),
                         nn.Linear(9216, 4096), nn.ReLU(), nn.Linear(4096, 4096), nn.ReLU(), nn.Linear(4096, 1000))


class Block(nn.Module):
    def __init__(self, d=512, heads=8):
        super().__init__()
        self.heads, self.norm1, self.norm2 = heads, nn.LayerNorm(d), nn.LayerNorm(d)
        self.q, self.k, self.v, self.o = (nn.Linear(d, d, bias=False) for _ in range(4))
        self.up, self.down = nn.Linear(d, 4 * d, bias=False), nn.Linear(4 * d, d, bias=False)

    def forward(self, x):
        n, t, d = x.shape
        h = self.norm1(x)
        q, k, v = (f(h).view(n, t, self.heads, -1).transpose(1, 2) for f in (self.q, self.k, self.v))
        x = x + self.o(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, t, d))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


def step(model, x, classes, compiled=False, autocast=False):
    model = model.cuda().train()
    if compiled:
        model = torch.compile(model)
    x = normal(*x)
    labels = torch.randint(classes, (x.shape[0],), device="cuda") if classes else None
    optimizer = torch.optim.SGD(model.parameters(), 1e-3)

    def run():
        optimizer.zero_grad()
        with torch.autocast("cuda", torch.bfloat16, enabled=autocast):
            y = model(x)
            loss = F.cross_entropy(y, labels) if classes else (y * y).mean()
        loss.backward()
        optimizer.step()
    return run


def mlp():
    return nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 10))


def lenet():
    return nn.Sequential(nn.Conv2d(1, 32, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(1024, 512), nn.ReLU(), nn.Linear(512, 10))


for name, make, x, classes in [("MLP 784-512-256-10, batch 64", mlp, (64, 784), 10), ("LeNet (32, 64, 512), batch 64", lenet, (64, 1, 28, 28), 10),
                               ("AlexNet, batch 16", alexnet, (16, 3, 224, 224), 1000), ("VGG-16, batch 4", vgg, (4, 3, 224, 224), 1000),
                               ("ResNet-18, batch 8", lambda: resnet(False, [2, 2, 2, 2]), (8, 3, 224, 224), 1000), ("ResNet-50, batch 8", lambda: resnet(True, [3, 4, 6, 3]), (8, 3, 224, 224), 1000),
                               ("transformer block, d 512, 8 heads, 128 tokens, batch 8", Block, (8, 128, 512), None)]:
    for precision, dtype in precisions():
        if dtype != torch.float16:
            row(name + precision, lambda: step(make(), x, classes, autocast=dtype == torch.bfloat16))
    if wanted in name.lower():
        row(f"{name}, compiled", lambda: step(make(), x, classes, compiled=True))
