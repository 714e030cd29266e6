#!/bin/bash
# Installs packages of Debian that are missing, as root, and has apt know its
# mirror: what `make test-kernels` and `make generate` need beyond Go.
#
#   bpf/install.sh PACKAGE...
set -euo pipefail

export DEBIAN_FRONTEND=noninteractive
apt() { apt-get -qq -o DPkg::Lock::Timeout=300 "$@" </dev/null >&2; }

command -v apt-get >/dev/null || {
	echo "install.sh: this is no Debian; install what stands for: $*" >&2
	exit 1
}
missing=()
for package in "$@"; do
	[[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
done
mirror=$(apt-get indextargets --format "\$(REPO_URI)" 'Created-By: Packages' 'Label: Debian')
[[ ${#missing[@]} -gt 0 || ! $mirror ]] || exit 0

[[ $(id -u) == 0 ]] || {
	echo "install.sh: installing ${missing[*]:-the lists of packages} needs root" >&2
	exit 1
}
apt update
if [[ ${#missing[@]} -gt 0 ]]; then
	echo "install.sh: installing ${missing[*]}"
	apt install -y --no-install-recommends "${missing[@]}"
fi
