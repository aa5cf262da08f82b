# OpenLDAP, PostgreSQL, MariaDB, vsftpd and Redis; sourced by tests/servers.sh.

start_slapd() {
    local etc=$folder/slapd
    mkdir -p "$etc"
    cat >"$etc/slapd.conf" <<CONF
include /etc/ldap/schema/core.schema
pidfile $etc/slapd.pid
TLSCertificateFile $pki/slapd.chain.pem
TLSCertificateKeyFile $pki/slapd.key
TLSCACertificateFile $pki/root.pem
TLSVerifyClient never
CONF
    slapd -f "$etc/slapd.conf" -h "ldap://127.0.0.1:$LDAP_PORT/ ldaps://127.0.0.1:$LDAPS_PORT/" >"$folder/slapd.log" 2>&1 </dev/null
}

start_postgres() {
    local data=$folder/postgres/data programs
    programs=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -1)
    mkdir -p "$folder/postgres"
    chown postgres "$folder/postgres"
    (
        cd "$folder/postgres"
        runuser -u postgres -- "$programs/initdb" --no-sync --auth=trust -D "$data" >"$folder/postgres/initdb.log" 2>&1 ||
            { cat "$folder/postgres/initdb.log" >&2; exit 1; }
        install -o postgres -m 600 "$pki/postgres.key" "$data/server.key"
        install -o postgres -m 644 "$pki/postgres.chain.pem" "$data/server.crt"
        cat >>"$data/postgresql.conf" <<CONF
ssl = on
port = $POSTGRES_PORT
listen_addresses = '127.0.0.1'
unix_socket_directories = '$folder/postgres'
fsync = off
CONF
        runuser -u postgres -- "$programs/pg_ctl" -D "$data" -l "$folder/postgres/postgres.log" start >/dev/null 2>&1 </dev/null ||
            { cat "$folder/postgres/postgres.log" >&2; exit 1; }
    )
}

start_mariadb() {
    local data=$folder/mariadb
    mkdir -p "$data"
    chown nobody "$data"
    # No login is made: it needs no tables, not even of who may.
    mariadbd --no-defaults --user=nobody --datadir="$data" --socket="$data/socket" --pid-file="$data/mariadbd.pid" \
        --bind-address=127.0.0.1 --port="$MYSQL_PORT" --skip-grant-tables --skip-networking=0 --innodb-fast-shutdown=3 \
        --innodb-buffer-pool-size=8M --innodb-log-file-size=4M --ssl-cert="$pki/mariadb.chain.pem" \
        --ssl-key="$pki/mariadb.key" --ssl-ca="$pki/root.pem" >"$folder/mariadb.log" 2>&1 </dev/null &
}

start_vsftpd() {
    local etc=$folder/vsftpd name port
    mkdir -p "$etc/empty"
    for name in explicit implicit; do
        if [ $name = explicit ]; then port=$FTP_PORT; else port=$FTPS_PORT; fi
        cat >"$etc/$name.conf" <<CONF
listen=YES
listen_address=127.0.0.1
listen_port=$port
background=NO
anonymous_enable=YES
local_enable=NO
secure_chroot_dir=$etc/empty
ssl_enable=YES
allow_anon_ssl=YES
implicit_ssl=$([ $name = implicit ] && echo YES || echo NO)
ssl_ciphers=HIGH
rsa_cert_file=$pki/vsftpd.chain.pem
rsa_private_key_file=$pki/vsftpd.key
CONF
        vsftpd "$etc/$name.conf" >"$etc/$name.log" 2>&1 </dev/null &
        echo $! >>"$etc/pids"
    done
}

start_redis() {
    local etc=$folder/redis
    mkdir -p "$etc"
    redis-server --port 0 --tls-port "$REDIS_PORT" --bind 127.0.0.1 --dir "$etc" --save '' --tls-cert-file "$pki/redis.chain.pem" \
        --tls-key-file "$pki/redis.key" --tls-auth-clients no --tls-ca-cert-file "$pki/root.pem" >"$etc/redis.log" 2>&1 </dev/null &
    echo $! >"$etc/redis.pid"
}

stop_data() {
    [ ! -e "$folder/redis/redis.pid" ] || kill "$(cat "$folder/redis/redis.pid")" || true
    local pid data=$folder/postgres/data
    [ ! -e "$folder/slapd/slapd.pid" ] || kill "$(cat "$folder/slapd/slapd.pid")" || true
    [ ! -e "$data/postmaster.pid" ] || kill -INT "$(head -1 "$data/postmaster.pid")" || true
    [ ! -e "$folder/mariadb/mariadbd.pid" ] || kill "$(cat "$folder/mariadb/mariadbd.pid")" || true
    [ ! -e "$folder/vsftpd/pids" ] || while read -r pid; do kill "$pid" 2>/dev/null || true; done <"$folder/vsftpd/pids"
}
