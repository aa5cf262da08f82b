# SimpleSAMLphp, which publishes the metadata of a provider and of a service; sourced by tests/servers.sh.

start_saml() {
    local etc=$folder/saml package=$folder/saml/package php www
    # Installed it would bring Apache along, but PHP has a server of its own.
    php=$(apt-cache depends php-cli | sed -n 's/.* \(php[0-9.]*\)-cli$/\1/p')
    unpack "$package" simplesamlphp "$php-cli" "$php-xml"
    php=("$package/usr/bin/$php" -n -d "extension_dir=$(echo "$package"/usr/lib/php/2*)" -d extension=dom -d display_errors=0)
    www=$package/usr/share/simplesamlphp/www
    mkdir -p "$etc/config" "$etc/metadata"
    cat >"$etc/config/config.php" <<CONF
<?php
\$config = [
    'baseurlpath' => 'https://idp.test/simplesaml/', 'certdir' => '$pki/', 'metadatadir' => '$etc/metadata/',
    'loggingdir' => '$etc/', 'datadir' => '$etc/', 'tempdir' => '$etc/', 'logging.handler' => 'file', 'timezone' => 'UTC',
    'secretsalt' => 'certnotify', 'technicalcontact_email' => 'na@example.org', 'enable.saml20-idp' => true,
    'metadata.sources' => [['type' => 'flatfile']], 'module.enable' => ['core' => true, 'saml' => true],
];
CONF
    # A next key is announced where it is asked for.
    cat >"$etc/config/keys.php" <<CONF
<?php
\$keys = ['privatekey' => 'saml.key', 'certificate' => 'saml.pem'];
if (getenv('WITH_NEXT_KEY') || isset(\$_GET['with-next-key'])) {
    \$keys += ['new_privatekey' => 'saml-next.key', 'new_certificate' => 'saml-next.pem'];
}
CONF
    cat >"$etc/config/authsources.php" <<CONF
<?php
require '$etc/config/keys.php';
\$config = ['sp' => ['saml:SP', 'entityID' => 'https://sp.test/saml'] + \$keys];
CONF
    cat >"$etc/metadata/saml20-idp-hosted.php" <<CONF
<?php
require '$etc/config/keys.php';
\$metadata['https://idp.test/saml'] = ['host' => '__DEFAULT__', 'auth' => 'sp'] + \$keys;
CONF
    export SIMPLESAMLPHP_CONFIG_DIR=$etc/config
    export REQUEST_URI=/
    (cd "$www/saml2/idp" && "${php[@]}" metadata.php) >"$etc/idp.xml" 2>>"$etc/php.log"
    (cd "$www/saml2/idp" && WITH_NEXT_KEY=1 "${php[@]}" metadata.php) >"$etc/idp-next.xml" 2>>"$etc/php.log"
    (cd "$www" && WITH_NEXT_KEY=1 PATH_INFO=/saml/sp/metadata.php/sp "${php[@]}" module.php) >"$etc/sp-next.xml" 2>>"$etc/php.log"
    "${php[@]}" -S "127.0.0.1:$SAML_PORT" -t "$www" >>"$etc/php.log" 2>&1 </dev/null &
    echo $! >"$etc/pid"
}

stop_saml() {
    [ ! -e "$folder/saml/pid" ] || kill "$(cat "$folder/saml/pid")" || true
}
