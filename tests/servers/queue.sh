# RabbitMQ; sourced by tests/servers.sh.

start_rabbitmq() {
    mkdir -p "$folder/rabbitmq"
    free_port AMQPS_PORT
    free_port EPMD_PORT
    free_port RABBITMQ_NODE_PORT
    serve_rabbitmq &
    echo $! >"$folder/rabbitmq/pids"
}

serve_rabbitmq() {
    local etc=$folder/rabbitmq package=$folder/rabbitmq/package erlang=$folder/rabbitmq/package/usr/lib/erlang
    # To install it takes longer than to begin.
    unpack "$package" rabbitmq-server erlang-{asn1,base,crypto,eldap,inets,mnesia,os-mon,public-key,runtime-tools,ssl,syntax-tools,tools,xmerl}
    sed -i "s,ROOTDIR=/usr/lib/erlang,ROOTDIR=$erlang," "$erlang/bin/erl"
    cat >"$etc/rabbitmq.conf" <<CONF
listeners.tcp = none
listeners.ssl.1 = 127.0.0.1:$AMQPS_PORT
ssl_options.certfile = $pki/rabbitmq.chain.pem
ssl_options.keyfile = $pki/rabbitmq.key
ssl_options.cacertfile = $pki/root.pem
ssl_options.verify = verify_none
log.console = true
log.file = false
CONF
    echo '[].' >"$etc/enabled_plugins"
    export HOME=$etc PATH=$erlang/bin:$PATH ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT=$EPMD_PORT
    # Otherwise Erlang leaves one behind, which listens everywhere.
    epmd >"$etc/epmd.log" 2>&1 </dev/null &
    echo $! >>"$etc/pids"
    export RABBITMQ_NODENAME=certnotify@localhost RABBITMQ_DIST_PORT=$RABBITMQ_NODE_PORT RABBITMQ_CONF_ENV_FILE=/dev/null
    export RABBITMQ_CONFIG_FILE=$etc/rabbitmq RABBITMQ_ENABLED_PLUGINS_FILE=$etc/enabled_plugins
    export RABBITMQ_MNESIA_BASE=$etc/data RABBITMQ_LOG_BASE=$etc
    export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}'
    exec "$package/usr/lib/rabbitmq/bin/rabbitmq-server" >"$etc/rabbitmq.log" 2>&1 </dev/null
}

stop_queue() {
    local pid
    [ ! -e "$folder/rabbitmq/pids" ] || while read -r pid; do kill "$pid" 2>/dev/null || true; done <"$folder/rabbitmq/pids"
}
