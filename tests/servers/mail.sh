# Exim and Dovecot; sourced by tests/servers.sh.

# Its package cannot be installed beside Postfix, but it can be unpacked.
exim_program() {
    local program
    program=$(command -v exim4) && { echo "$program"; return; }
    unpack "$folder/exim/package" exim4-daemon-light
    echo "$folder/exim/package/usr/sbin/exim4"
}

start_exim() {
    local etc=$folder/exim program
    mkdir -p "$etc/spool"
    program=$(exim_program)
    # It was built to look for this user.
    getent passwd Debian-exim >/dev/null || useradd --system --user-group --home-dir / --shell /usr/sbin/nologin Debian-exim
    chown -R Debian-exim: "$etc/spool"
    cat >"$etc/exim.conf" <<CONF
primary_hostname = exim.test
local_interfaces = <; 127.0.0.1.$EXIM_PORT ; 127.0.0.1.$EXIM_TLS_PORT
tls_on_connect_ports = $EXIM_TLS_PORT
spool_directory = $etc/spool
log_file_path = $etc/spool/log-%s
pid_file_path = $etc/exim.pid
tls_advertise_hosts = *
tls_certificate = $pki/exim.chain.pem
tls_privatekey = $pki/exim.key
CONF
    chmod 644 "$etc/exim.conf"
    "$program" -C "$etc/exim.conf" -bd >"$folder/exim-start.log" 2>&1 </dev/null
}

start_dovecot() {
    local etc=$folder/dovecot
    mkdir -p "$etc/mail"
    chown nobody "$etc/mail"
    start_tokens
    cat >"$etc/oauth.conf" <<CONF
introspection_url = http://127.0.0.1:$TOKENS_PORT/introspect
introspection_mode = post
username_attribute = username
active_attribute = active
active_value = true
CONF
    cat >"$etc/dovecot.conf" <<CONF
base_dir = $etc/run
state_dir = $etc/state
log_path = $folder/dovecot.log
listen = 127.0.0.1
protocols = imap pop3 lmtp sieve
ssl = yes
ssl_cert = <$pki/dovecot.chain.pem
ssl_key = <$pki/dovecot.key
mail_location = maildir:$etc/mail/%n
auth_mechanisms = plain login xoauth2 oauthbearer
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = $etc/oauth.conf
}
passdb {
  driver = static
  mechanisms = plain login
  args = nopassword=y
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=$etc/mail
}
service auth {
  unix_listener $etc/oauth {
    mode = 0666
  }
}
service imap-login {
  inet_listener imap {
    port = $IMAP_PORT
  }
  inet_listener imaps {
    port = $IMAPS_PORT
    ssl = yes
  }
}
service pop3-login {
  inet_listener pop3 {
    port = $POP3_PORT
  }
  inet_listener pop3s {
    port = $POP3S_PORT
    ssl = yes
  }
}
service managesieve-login {
  inet_listener sieve {
    port = $SIEVE_PORT
  }
}
service lmtp {
  inet_listener lmtp {
    port = $LMTP_PORT
  }
}
CONF
    dovecot -c "$etc/dovecot.conf" >"$folder/dovecot-start.log" 2>&1 </dev/null
}

# Hands out access tokens, and says of each whether it is good (RFC 6749, RFC 7662).
start_tokens() {
    free_port TOKENS_PORT
    python3 "$(dirname "${BASH_SOURCE[0]}")/tokens.py" "$TOKENS_PORT" >"$folder/tokens.log" 2>&1 </dev/null &
    echo $! >"$folder/tokens.pid"
}

stop_mail() {
    [ ! -e "$folder/tokens.pid" ] || kill "$(cat "$folder/tokens.pid")" || true
    [ ! -e "$folder/exim/exim.pid" ] || kill "$(cat "$folder/exim/exim.pid")" || true
    [ ! -e "$folder/dovecot/run/master.pid" ] || kill "$(cat "$folder/dovecot/run/master.pid")" || true
}
