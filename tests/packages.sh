#!/usr/bin/env bash
# The packages of a binary, in a clean Debian root of their own: installed, used as a newcomer does, run by the command of
# the timer and by cron, upgraded over the memory of 1.0.0, removed and purged.
#
#   tests/packages.sh BINARY FOLDER
#
# Needs root, the Debian packages mmdebstrap, rpm and systemd, and `nfpm`.
set -Eeuo pipefail
[ $# = 2 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 3; }
binary=$(realpath "$1")
mkdir -p "$2"
folder=$(cd "$2" && pwd)
cd "$(dirname "$0")/.."
root=$folder/root
trap 'echo "$0: line $LINENO: $BASH_COMMAND" >&2' ERR
cron=
trap '[ -z "$cron" ] || kill "$(cat "$cron")" || true' EXIT

within() { chroot "$root" /usr/bin/env -i PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin HOME=/root LANG=C.UTF-8 "$@"; }
# Prints what failed.
is() { [ "$1" = "$2" ] || { printf 'expected: %s\nis:       %s\n' "$2" "$1" >&2; return 1; }; }
mode() { within stat -c '%a %U:%G' "$1"; }
says() { grep -qF -- "$2" <<<"$1" || { printf 'not said: %s\n%s\n' "$2" "$1" >&2; return 1; }; }

examples/packages/build.sh --binary "$binary" "$folder/built" >"$folder/build.log" 2>&1 || { cat "$folder/build.log"; exit 1; }
ls "$folder"/built/*.deb "$folder"/built/*.rpm
deb=$(echo "$folder"/built/*.deb) rpm=$(echo "$folder"/built/*.rpm)
# The version before it, for an upgrade.
dpkg-deb -R "$deb" "$folder/older"
sed -i 's/^Version: .*/Version: 0.9.0-1/' "$folder/older/DEBIAN/control"
dpkg-deb -Znone -b "$folder/older" "$folder/older.deb" >/dev/null

. /etc/os-release
mmdebstrap --quiet --variant=minbase --include=cron,passwd "$VERSION_CODENAME" "$folder/root.tar"
fresh_root() {
    rm -rf "$root"
    mkdir "$root"
    tar -xf "$folder/root.tar" -C "$root"
    cp examples/certificates/*.pem "$root/srv/"
}

echo '--- installed'
fresh_root
cp "$folder/older.deb" "$deb" "$root/root/"
said=$(within dpkg -i /root/older.deb 2>&1)
says "$said" 'certnotify init --email'
is "$(mode /etc/certnotify)" '750 root:certnotify'
is "$(mode /var/lib/certnotify)" '700 certnotify:certnotify'
within certnotify --version | grep -q '^certnotify '
for unit in certnotify.service certnotify.timer; do [ -e "$root/usr/lib/systemd/system/$unit" ]; done
mkdir "$folder/units"
cp "$root/usr/lib/systemd/system/certnotify".* "$folder/units/" 2>/dev/null || true
sed -i "s#^ExecStart=certnotify#ExecStart=$root/usr/bin/certnotify#" "$folder/units/certnotify.service"
is "$(systemd-analyze verify --man=no "$folder/units/certnotify.service" "$folder/units/certnotify.timer" 2>&1)" ''
# What it may do, in tenths, with a user of its own for each start and with that of the package: under 1.5.
exposed() { systemd-analyze security --offline=true --threshold=14 "$folder/units/certnotify.service" >"$folder/exposed" || { cat "$folder/exposed"; return 1; }; }
exposed
mkdir "$folder/units/certnotify.service.d"
cp "$root/usr/lib/systemd/system/certnotify.service.d/user.conf" "$folder/units/certnotify.service.d/"
exposed
zcat "$root/usr/share/man/man5/certnotify-policies.5.gz" >"$folder/page"
grep -q '^.TH' "$folder/page"
within bash -n /usr/share/bash-completion/completions/certnotify

echo '--- the path of a newcomer'
# Typed at a terminal: each step says what comes next, and the next step is one of those.
typed() { script -qec "chroot '$root' /usr/bin/env -i PATH=/usr/local/bin:/usr/bin:/bin HOME=/root LANG=C.UTF-8 NO_COLOR=1 $*" /dev/null </dev/null | tr -d '\r'; }
# A mail server is not there: a program takes the mail.
printf '#!/bin/sh\ncat >>/var/lib/certnotify/mails\n' >"$root/usr/sbin/sendmail"
chmod 755 "$root/usr/sbin/sendmail"
# Alone it is a usage error, which shows the first steps.
said=$(typed certnotify || true)
says "$said" 'certnotify init --email'
said=$(typed certnotify init --email ops@example.com /srv/expired.pem /srv/valid.pem)
for step in check plan 'test --all' run; do says "$said" "certnotify $step"; done
printf '\n[email]\nsendmail = "/usr/sbin/sendmail"\n' >>"$root/etc/certnotify/policies.toml"
within chgrp certnotify /etc/certnotify/policies.toml
chmod 640 "$root/etc/certnotify/policies.toml"
said=$(typed certnotify validate)
says "$said" '/etc/certnotify/policies.toml: '
says "$said" 'certnotify test --all'
said=$(typed certnotify plan --days 60)
says "$said" 'To send what is due now: certnotify run'
# As the unit does: its command, its user, its directory for the memory.
command=$(sed -n 's/^ExecStart=//p' "$root/usr/lib/systemd/system/certnotify.service")
unit='setpriv --reuid certnotify --regid certnotify --init-groups env HOME=/var/lib/certnotify STATE_DIRECTORY=/var/lib/certnotify'
said=$(typed "$unit certnotify test --all")
says "$said" 'certnotify run sends what is due'
is "$(grep -c '^Subject:' "$root/var/lib/certnotify/mails")" 1
said=$(typed "$unit certnotify run")
grep -q '^next ' <<<"$said" || { echo "$said"; exit 1; }
is "$(grep -c '^Subject:' "$root/var/lib/certnotify/mails")" 2
grep -q 'expired' "$root/var/lib/certnotify/mails"
timer() { within $unit $command; }
timer
is "$(grep -c '^Subject:' "$root/var/lib/certnotify/mails")" 2
is "$(mode /var/lib/certnotify/state.json)" '600 certnotify:certnotify'
# By hand as root, on the same memory.
says "$(within certnotify history)" 'it has expired'
# What another tool watches, in the same place.
printf 'www.example.com 443\n' >"$root/srv/hosts"
within certnotify init --email ops@example.com --from ssl-cert-check --output /srv/moved.toml /srv/hosts >"$folder/moved"
within certnotify --policies /srv/moved.toml validate >>"$folder/moved"
grep -q 'wrote /srv/moved.toml: 1 endpoint' "$folder/moved"

echo '--- run by cron'
# At every minute, and not only where something is wrong.
{
    echo 'PATH=/usr/local/bin:/usr/bin:/bin'
    sed 's#^17 \(.*\) /usr/local/bin/certnotify run --quiet\(.*\)#* \1 certnotify run\2 >/var/log/certnotify 2>\&1#; s#^MAILTO=.*#MAILTO=""#' \
        examples/deploy/crontab
} >"$root/etc/cron.d/certnotify"
within cron
cron=$root/run/crond.pid

echo '--- upgraded, with what the administrator changed, over the memory of 1.0.0'
chmod 700 "$root/etc/certnotify"
before=$(sha256sum "$root/var/lib/certnotify/state.json" "$root/etc/certnotify/policies.toml")
within dpkg -i "/root/$(basename "$deb")" >/dev/null
is "$(sha256sum "$root/var/lib/certnotify/state.json" "$root/etc/certnotify/policies.toml")" "$before"
is "$(mode /etc/certnotify)" '700 root:certnotify'
chmod 750 "$root/etc/certnotify"
mkdir "$root/fixture"
cp -r tests/it/upgrade/state-1.0.0/. "$root/fixture/"
sed -i "s/^port = 0/port = 25/" "$root/fixture/policies.toml"
within certnotify history --policies /fixture/policies.toml --state /fixture/state.json >"$folder/history"
[ "$(wc -l <"$folder/history")" -gt 3 ]

for ((waited = 0; waited < 70; waited++)); do
    ! grep -qs '^looked at' "$root/var/log/certnotify" || break
    sleep 1
done
grep -i 'looked at' "$root/var/log/certnotify" || { cat "$root/var/log/certnotify"; exit 1; }
is "$(grep -c '^Subject:' "$root/var/lib/certnotify/mails")" 2
kill "$(cat "$cron")"
cron=
rm "$root/etc/cron.d/certnotify"

echo '--- removed, and purged'
within dpkg -r certnotify >/dev/null
[ ! -e "$root/usr/bin/certnotify" ] && [ -e "$root/etc/certnotify/policies.toml" ] && [ -e "$root/var/lib/certnotify/state.json" ]
within dpkg -P certnotify >/dev/null
[ ! -e "$root/etc/certnotify" ] && [ ! -e "$root/var/lib/certnotify" ]
! within getent passwd certnotify
is "$(find "$root" -xdev -name '*certnotify*' -not -path '*/var/log/*' -not -path '*/root/*' -not -path '*/srv/*')" ''

echo '--- the .rpm'
fresh_root
rpm --root "$root" --initdb 2>/dev/null
# Of Debian's rpm, which would rather see its own packages.
rpm --root "$root" --nodeps -i "$rpm" 2>"$folder/rpm.log" || { cat "$folder/rpm.log"; exit 1; }
is "$(mode /var/lib/certnotify)" '700 certnotify:certnotify'
within certnotify check /srv/valid.pem >/dev/null
diff <(rpm -qpl "$rpm" | grep -v '/share/\(doc\|licenses\|zsh\)' | sort) \
    <(dpkg-deb -c "$deb" | sed -n 's#^-.* \./#/#p' | grep -v '/share/\(doc\|licenses\|zsh\)' | sort)
rpm --root "$root" --nodeps -e certnotify 2>>"$folder/rpm.log"
[ ! -e "$root/usr/bin/certnotify" ] && [ -d "$root/var/lib/certnotify" ]
echo 'the packages hold'
