# Sourced by scripts that need programs of a newer Debian (or Ubuntu) than this one; nothing of this system changes. They set $name first.
# The mirror is the one that this machine's own sources name, and apt checks the signatures.
fail() { echo "$name: $*" >&2; exit 1; }

# unpack FOLDER ROOT COMPONENTS download|install PACKAGE...   packages' files into ROOT: of these alone, or of all that they depend on, too;
# for this machine's processor, or for $architecture
unpack() {
  local folder=$1 root=$2 components=$3 how=$4 apt=$1/apt suite keys mirror deb; shift 4
  . /etc/os-release
  case $ID in
    debian) suite=trixie keys=/usr/share/keyrings/debian-archive-keyring.gpg ;;
    ubuntu) suite=noble keys=/usr/share/keyrings/ubuntu-archive-keyring.gpg components=${components/non-free/multiverse} ;;
    *) fail "knows packages for Debian and Ubuntu, not for ${PRETTY_NAME:-$ID}" ;;
  esac
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || fail "needs apt-get and dpkg-deb"
  mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/{debian,ubuntu}.sources 2>/dev/null | grep -E '^(URIs:|deb )' | grep -oE 'https?://[^ ]+' | head -n 1 || true)
  [[ $mirror ]] || fail "this machine's sources name no mirror"
  rm -rf "$apt"
  mkdir -p "$root" "$apt"/{etc/apt.conf.d,etc/preferences.d,state/lists/partial,cache/archives/partial}
  echo "deb [signed-by=$keys] $mirror $suite $components" >"$apt/etc/sources.list"
  : >"$apt/state/status"
  local options=(-qq ${architecture:+-o "APT::Architecture=$architecture"} -o "Dir::Etc=$apt/etc" -o Dir::Etc::sourceparts=- -o "Dir::State=$apt/state" -o "Dir::State::status=$apt/state/status"
    -o "Dir::Cache=$apt/cache" -o Acquire::Languages=none -o Acquire::Retries=2 -o "APT::Sandbox::User=$(id -un)")
  [[ $how == install ]] && how='install --download-only --yes --no-install-recommends'
  echo "$name: fetching $* of $suite, once" >&2
  # shellcheck disable=SC2086
  (apt-get "${options[@]}" update && cd "$apt/cache/archives" && apt-get "${options[@]}" $how "$@") >"$folder/log" 2>&1 \
    || { tail -n 3 "$folder/log" >&2; fail "could not fetch them: is there a network?"; }
  # base-files first: it says that /lib is /usr/lib, and so on
  for deb in "$apt"/cache/archives/base-files_*.deb "$apt"/cache/archives/*.deb; do
    [[ ! -e $deb ]] || dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$root" --keep-directory-symlink --no-same-owner || fail "could not unpack $deb"
  done
  rm -rf "$apt"
}
