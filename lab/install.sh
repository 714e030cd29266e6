#!/bin/bash
# Installs what the tests need, as root on Debian bookworm: the servers of this
# release from its packages, and those of forky in a folder of their own, to be
# entered with chroot. What is there already stays as it is; no service is
# started, and nothing is left mounted.
#
#   HOPHOUND_LAB_ROOT  where the folder forky is made (/var/cache/hophound-lab)
set -euo pipefail

root=${HOPHOUND_LAB_ROOT:-/var/cache/hophound-lab}
packages=(
	tcpdump tshark iproute2 nftables netbase procps curl
	nginx haproxy apache2-bin varnish
	puma ruby-actioncable ruby-railties
	chromium
	debootstrap
)
forky_packages=(nginx haproxy puma ruby-actioncable ruby-railties)

say() { echo "lab: $*"; }

fail() {
	echo "lab: $*" >&2
	exit 1
}

# quietly COMMAND... runs it and shows what it printed only if it fails.
quietly() {
	local output
	output=$(mktemp)
	if ! "$@" >"$output" 2>&1 </dev/null; then
		cat "$output" >&2
		rm -f "$output"
		fail "failed: $*"
	fi
	rm -f "$output"
}

# missing PACKAGE... prints those that are not installed.
missing() {
	local package
	for package in "$@"; do
		[[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || echo "$package"
	done
}

apt() { quietly env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 "$@"; }

updated=
update_lists() {
	[[ $updated ]] && return
	say "reading the package lists"
	apt update
	updated=yes
}

# forbid_services keeps maintainer scripts from starting anything, until
# allow_services: invoke-rc.d asks policy-rc.d, and 101 is its no.
policy=/usr/sbin/policy-rc.d
forbid_services() {
	# One that is kept already was left by a run that got killed.
	[[ ! -e $policy || -e $policy.kept ]] || mv "$policy" "$policy.kept"
	trap allow_services EXIT
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod 755 "$policy"
}

allow_services() {
	rm -f "$policy"
	[[ ! -e $policy.kept ]] || mv "$policy.kept" "$policy"
	trap - EXIT
}

install_packages() {
	local wanted service
	mapfile -t wanted < <(missing "${packages[@]}")
	command -v node >/dev/null || wanted+=(nodejs)
	[[ ${#wanted[@]} -gt 0 ]] || return 0
	update_lists
	say "installing ${wanted[*]}"
	forbid_services
	apt install --no-install-recommends "${wanted[@]}"
	allow_services
	# Nor shall they start when this machine does next.
	for service in "${wanted[@]}"; do
		if [[ $service == nginx || $service == haproxy || $service == varnish ]] && command -v systemctl >/dev/null; then
			quietly systemctl disable "$service"
		fi
	done
}

# mirror prints where this machine gets Debian's packages from.
mirror() {
	apt-get indextargets --format "\$(RELEASE) \$(REPO_URI)" 'Created-By: Packages' |
		awk '$1 == "bookworm" && !found { print $2; found = 1 }'
}

# make_forky makes the folder forky beside its place and moves it there when it
# is whole. debootstrap gets a mount namespace of its own: what it mounts goes
# away with it, even if it is killed. dpkg needn't sync each file of a folder that
# is thrown away if it isn't finished; one sync at the end does.
make_forky() {
	local place=$root/forky stamp=${forky_packages[*]} from
	[[ -f $place/.hophound && $(<"$place/.hophound") == "$stamp" ]] && return
	update_lists
	from=$(mirror)
	[[ $from ]] || fail "no source of bookworm's packages in apt's sources"
	say "making $place: $stamp"
	rm -rf --one-file-system "$place" "$place.tmp"
	quietly env DPKG_FORCE=unsafe-io unshare --mount --propagation private \
		debootstrap --variant=minbase --force-check-gpg \
		--include="$(IFS=, && echo "${forky_packages[*]}")" \
		forky "$place.tmp" "$from" /usr/share/debootstrap/scripts/sid
	rm -rf "$place.tmp"/var/cache/apt/archives/*.deb "$place.tmp"/usr/share/{doc,man,locale}/*
	echo "$stamp" >"$place.tmp/.hophound"
	sync --file-system "$place.tmp"
	mv "$place.tmp" "$place"
}

[[ $(id -u) == 0 ]] || fail "installing packages needs root"
# shellcheck source=/dev/null
[[ $(. /etc/os-release && echo "${VERSION_CODENAME-}") == bookworm ]] ||
	fail "made for Debian bookworm; this is $(. /etc/os-release && echo "${PRETTY_NAME-unknown}")"
mkdir -p "$root"
exec 9>"$root/lock"
flock 9 # one at a time
install_packages
make_forky
