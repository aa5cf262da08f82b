# RabbitMQ; sourced by tests/servers.sh.

start_rabbitmq() {
    local etc=$folder/rabbitmq
    mkdir -p "$etc"
    free_port AMQPS_PORT
    free_port EPMD_PORT
    free_port RABBITMQ_NODE_PORT
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
    # Otherwise Erlang leaves one behind, which listens everywhere.
    ERL_EPMD_ADDRESS=127.0.0.1 epmd -port "$EPMD_PORT" >"$etc/epmd.log" 2>&1 </dev/null &
    echo $! >"$etc/pids"
    env HOME="$etc" ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT="$EPMD_PORT" RABBITMQ_NODENAME=certnotify@localhost \
        RABBITMQ_DIST_PORT="$RABBITMQ_NODE_PORT" RABBITMQ_CONF_ENV_FILE=/dev/null RABBITMQ_CONFIG_FILE="$etc/rabbitmq" \
        RABBITMQ_ENABLED_PLUGINS_FILE="$etc/enabled_plugins" RABBITMQ_MNESIA_BASE="$etc/data" RABBITMQ_LOG_BASE="$etc" \
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}' \
        /usr/lib/rabbitmq/bin/rabbitmq-server >"$etc/rabbitmq.log" 2>&1 </dev/null &
    echo $! >>"$etc/pids"
}

stop_queue() {
    local pid
    [ ! -e "$folder/rabbitmq/pids" ] || tac "$folder/rabbitmq/pids" | while read -r pid; do kill "$pid" 2>/dev/null || true; done
}
