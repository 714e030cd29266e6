#!/bin/bash
# Installs what hophound is measured beside, as root on Debian bookworm:
# tcpdump, tshark, tcpflow, ngrep and httpry of this release; wrk, which makes
# load for live captures; and Suricata, which this release does not have, from
# sid in a folder of its own, to be entered with chroot. What is there already
# stays as it is; what cannot be had is said to be absent, and the measuring
# goes on without it.
#
#   HOPHOUND_BENCH_ROOT  where the folder sid is made (/var/cache/hophound-bench)
set -euo pipefail

root=${HOPHOUND_BENCH_ROOT:-/var/cache/hophound-bench}
packages=(tcpdump tshark tcpflow ngrep httpry wrk debootstrap)
suite=sid

say() { echo "bench: $*" >&2; }

[[ $(id -u) == 0 ]] || {
	say "installing packages needs root; what is here already is used"
	exit 0
}

# installed PACKAGE says whether it is.
installed() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

# try WHAT COMMAND... runs it, and says that WHAT is absent if it fails.
try() {
	local what=$1 log
	shift
	log=$(mktemp)
	if "$@" >"$log" 2>&1 </dev/null; then
		rm -f "$log"
		return 0
	fi
	tail -n 5 "$log" >&2
	rm -f "$log"
	say "$what is absent: failed: $*"
	return 1
}

updated=
apt_install() {
	local package=$1
	installed "$package" && return
	if [[ ! $updated ]]; then
		try "the list of packages" apt-get -q update || true
		updated=yes
	fi
	say "installing $package"
	try "$package" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
		install --no-install-recommends "$package" || true
}

# mirror prints where this machine gets Debian's packages from.
mirror() {
	apt-get indextargets --format "\$(RELEASE) \$(REPO_URI)" 'Created-By: Packages' |
		awk '$1 == "bookworm" && !found { print $2; found = 1 }'
}

# install_suricata makes the folder beside its place and moves it there when it is
# whole. debootstrap gets a mount namespace of its own: what it mounts goes away
# with it, even if it is killed.
install_suricata() {
	local place=$root/$suite from
	[[ -x $place/usr/bin/suricata ]] && return
	from=$(mirror)
	[[ $from ]] || {
		say "suricata is absent: no source of bookworm's packages in apt's sources"
		return
	}
	say "making $place with suricata"
	rm -rf --one-file-system "$place" "$place.tmp"
	try suricata env DPKG_FORCE=unsafe-io unshare --mount --propagation private \
		debootstrap --variant=minbase --force-check-gpg --include=suricata \
		"$suite" "$place.tmp" "$from" || return 0
	rm -rf "$place.tmp"/var/cache/apt/archives/*.deb "$place.tmp"/usr/share/{doc,man,locale}/*
	sync --file-system "$place.tmp"
	mv "$place.tmp" "$place"
}

mkdir -p "$root"
exec 9>"$root/lock"
flock 9 # one at a time
for package in "${packages[@]}"; do
	apt_install "$package"
done
install_suricata
