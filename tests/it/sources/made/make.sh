#!/usr/bin/env bash
# Makes the files of this folder anew, each by its own program: kubectl (1.32), keytool (OpenJDK 17), certutil and pk12util (NSS 3.87),
# and terraform (1.11). Each holds the same leaf, its issuer, or both.
set -euo pipefail
cd "$(dirname "$0")"
made=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME=$work
cd "$work"
# The tests take place in November 2026.
openssl() { faketime 2026-01-01 openssl "$@"; }

openssl ecparam -name prime256v1 -genkey -noout -out ca.key
openssl req -x509 -key ca.key -subj '/CN=Made Root' -days 9000 -set_serial 1 -out ca.pem
openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out tls.key
openssl req -new -key tls.key -subj /CN=shop.example.com | openssl x509 -req -CA ca.pem -CAkey ca.key -set_serial 0x4ab1c0 -days 8000 \
    -extfile <(printf 'subjectAltName=DNS:shop.example.com\n') -out tls.pem 2>log

# What `kubectl get` prints comes from a server: one that knows three Secrets.
secret() { kubectl create secret "$@" -n web --dry-run=client -o json; }
secret tls shop --cert=tls.pem --key=tls.key >1.json
secret generic trust --from-file=ca.crt=ca.pem >2.json
secret generic login --from-literal=password=none >3.json
cat >api.py <<'PY'
import http.server, json
resources = [{"name": "secrets", "singularName": "secret", "namespaced": True, "kind": "Secret", "verbs": ["get", "list"]}]
answers = {
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
    "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": resources},
    "/api/v1/secrets": {"kind": "SecretList", "apiVersion": "v1", "metadata": {"resourceVersion": "1"},
                        "items": [json.load(open(f"{n}.json")) for n in (1, 2, 3)]},
}
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(answers.get(self.path.split("?")[0], {})).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
PY
coproc SERVER { exec python3 api.py 2>/dev/null; }
read -r port <&"${SERVER[0]}"
kubectl --server="http://127.0.0.1:$port" get secrets -A -o json >"$made/secrets.json"
kill "$SERVER_PID"

config() { kubectl config --kubeconfig="$made/kubeconfig" "$@" >/dev/null; }
rm -f "$made"/kubeconfig
config set-cluster prod --server=https://k8s.example.com:6443 --certificate-authority=ca.pem --embed-certs
config set-credentials admin --client-certificate=tls.pem --client-key=tls.key --embed-certs
config set-context prod --cluster=prod --user=admin
chmod 644 "$made/kubeconfig"

rm -f "$made"/cacerts "$made"/app.keystore
keytool -importcert -noprompt -alias root -file ca.pem -keystore "$made/cacerts" -storetype JKS -storepass changeit 2>log
keytool -importcert -noprompt -alias root -file ca.pem -keystore "$made/app.keystore" -storepass changeit 2>log
openssl pkcs12 -export -in tls.pem -inkey tls.key -name shop -passout pass:changeit -out shop.p12
keytool -importkeystore -srckeystore shop.p12 -srcstorepass changeit -destkeystore "$made/app.keystore" -deststorepass changeit 2>log

mkdir nss
certutil -N -d sql:nss --empty-password
pk12util -i shop.p12 -d sql:nss -W changeit >log
certutil -A -d sql:nss -n root -t C,, -i ca.pem
pk12util -o "$made/nss.p12" -n shop -d sql:nss -W changeit >log
certutil -L -d sql:nss -n shop -a | tr -d '\r' >"$made/certutil.txt"

mkdir state
cp tls.pem tls.key state
cat >state/main.tf <<'TF'
resource "terraform_data" "pair" {
  input = { cert_pem = file("tls.pem"), private_key_pem = file("tls.key") }
}
output "certificate" {
  value = file("tls.pem")
}
TF
(cd state && terraform init >../log && terraform apply -auto-approve >../log && cp terraform.tfstate "$made/")
