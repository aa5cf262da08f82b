# Prosody, HAProxy, xrdp and Mosquitto; sourced by tests/servers.sh.

start_prosody() {
    local etc=$folder/prosody
    mkdir -p "$etc/data"
    chown prosody "$etc" "$etc/data"
    cat >"$etc/prosody.cfg.lua" <<CONF
pidfile = "$etc/prosody.pid"
data_path = "$etc/data"
log = { warn = "$etc/prosody.log" }
interfaces = { "127.0.0.1" }
c2s_ports = { $XMPP_PORT }
c2s_direct_tls_ports = { $XMPPS_PORT }
s2s_ports = { $XMPP_SERVER_PORT }
modules_enabled = { "tls", "saslauth", "s2s" }
modules_disabled = { "http", "offline" }
http_ports = {}
https_ports = {}
proxy65_ports = {}
certificates = "$pki"
c2s_direct_tls_ssl = { certificate = "$pki/prosody.chain.pem", key = "$pki/prosody.key" }
VirtualHost "prosody.test"
  ssl = { certificate = "$pki/prosody.chain.pem", key = "$pki/prosody.key" }
CONF
    (cd "$etc" && exec runuser -u prosody -- prosody -F --config "$etc/prosody.cfg.lua") >"$etc/start.log" 2>&1 </dev/null &
}

start_haproxy() {
    local etc=$folder/haproxy
    mkdir -p "$etc"
    cat "$pki/haproxy.chain.pem" "$pki/haproxy.key" >"$etc/haproxy.pem"
    cat >"$etc/haproxy.cfg" <<CONF
global
    log 127.0.0.1 local0
defaults
    mode http
    timeout connect 5s
    timeout client 5s
    timeout server 5s
frontend plain
    bind 127.0.0.1:$HAPROXY_PORT ssl crt $etc/haproxy.pem
    http-request return status 200
frontend behind_a_balancer
    bind 127.0.0.1:$PROXY_HEADER_PORT ssl crt $etc/haproxy.pem accept-proxy
    http-request return status 200
CONF
    haproxy -D -f "$etc/haproxy.cfg" -p "$etc/haproxy.pid" >"$folder/haproxy.log" 2>&1 </dev/null
}

start_xrdp() {
    local etc=$folder/xrdp
    mkdir -p "$etc"
    cat >"$etc/xrdp.ini" <<CONF
[Globals]
port=tcp://127.0.0.1:$RDP_PORT
security_layer=tls
certificate=$pki/xrdp.chain.pem
key_file=$pki/xrdp.key
ssl_protocols=TLSv1.2, TLSv1.3
fork=true
[Logging]
LogFile=$etc/xrdp.log
LogLevel=INFO
EnableSyslog=false
[Channels]
[Xorg]
name=Xorg
lib=libxup.so
CONF
    xrdp --nodaemon --config "$etc/xrdp.ini" >"$etc/start.log" 2>&1 </dev/null &
    echo $! >"$etc/xrdp.pid"
}

start_mosquitto() {
    local etc=$folder/mosquitto
    mkdir -p "$etc"
    cat >"$etc/mosquitto.conf" <<CONF
user root
listener $MQTTS_PORT 127.0.0.1
certfile $pki/mosquitto.chain.pem
keyfile $pki/mosquitto.key
allow_anonymous true
CONF
    mosquitto -c "$etc/mosquitto.conf" >"$etc/mosquitto.log" 2>&1 </dev/null &
    echo $! >"$etc/mosquitto.pid"
}

stop_front() {
    local name
    for name in prosody haproxy xrdp mosquitto; do
        [ ! -e "$folder/$name/$name.pid" ] || kill $(cat "$folder/$name/$name.pid") || true
    done
}
