#!/bin/sh
# acme.sh, as a notification: copy to ~/.acme.sh/notify/certnotify.sh, then
#   acme.sh --set-notify --notify-hook certnotify --notify-level 1
# Level 1 is failures alone. The status is 0 for success, 1 for failure, 2 for skipped.
certnotify_send() {
    _subject="$1"
    _content="$2"
    _status="$3"
    [ "$_status" = 1 ] || return 0
    /usr/local/bin/certnotify event renewal-failed --quiet --policies /etc/certnotify/policies.toml \
        --by acme.sh --message "$_subject: $_content"
}
