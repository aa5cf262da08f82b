#!/usr/bin/env bash
# Reports as the programs that they are for read them: promtool, the published schemas of SARIF and JUnit, Chromium with
# axe-core. Usage: reports.sh BINARY DIRECTORY; the directory is made and keeps screenshots of the page.
set -euo pipefail
binary=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$2/screenshots"
cd "$2"

tools() {
    python3 -m venv python
    python/bin/pip install --quiet cryptography==46.0.3 jsonschema==4.23.0 selenium==4.27.1 icalendar==6.1.0 feedparser==6.0.11
    npm install --silent --no-fund --no-audit --prefix "$PWD/node" axe-core@4.10.2 mocha-junit-reporter@2.2.1
    # The published schema of SARIF 2.1.0 is in this crate.
    mkdir -p schema/src
    printf '[package]\nname = "schema"\nversion = "0.0.0"\nedition = "2024"\n[dependencies]\nserde-sarif = "=0.8.0"\n' >schema/Cargo.toml
    : >schema/src/lib.rs
    local manifest
    manifest=$(cargo metadata --quiet --format-version 1 --manifest-path schema/Cargo.toml |
        python3 -c 'import json, sys; print(next(p["manifest_path"] for p in json.load(sys.stdin)["packages"] if p["name"] == "serde-sarif"))')
    cp "$(dirname "$manifest")/src/schema.json" sarif.schema.json
}

# One certificate of each status with names that are made to break formats, and 5,000 that differ.
certificates() {
    python/bin/python - <<'PYTHON'
import datetime
from pathlib import Path
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

key = ec.generate_private_key(ec.SECP256R1())
now = datetime.datetime.now(datetime.timezone.utc)
day = datetime.timedelta(days=1)


def write(path, name, left, lives=90):
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    end = now + left * day
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), end - lives * day, end)
    names = x509.SubjectAlternativeName([x509.DNSName("www.example.com")])
    pem = builder.add_extension(names, False).sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    Path(path).parent.mkdir(exist_ok=True)
    Path(path).write_bytes(pem)


write("small/ok.pem", "ok", 80)
write("small/later.pem", "later", 400, 800)
write("small/warning.pem", "warning", 20)
write("small/critical.pem", "critical", -3)
write("small/x|'=\"<b>&;%0A::error::,=1+1.pem", "<script>alert(1)</script>", 70)
write("small/证书.pem", "证书", 60)
Path("small/unknown.pem").write_text("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n")
for number in range(5000):
    write(f"large/host-{number}.pem", f"host-{number}", number % 380 - 5, 200 + number % 200)
PYTHON
    cat >policies.toml <<'POLICY'
[settings]
publish = "feeds"
[contacts.ops]
email = "ops@example.com"
[policies.all]
contacts = ["ops"]
channels = ["inbox"]
[[certificates]]
name = "small"
file = "small/*.pem"
policy = "all"
POLICY
}

reports() {
    local -a of_run=(-p policies.toml --state memory/state.json run --quiet)
    local code=0
    "$binary" "${of_run[@]}" --report prometheus=run.prom --report html=run.html --report sarif=run.sarif --report junit=run.xml 2>run.err || code=$?
    [ $code = 1 ] || { cat run.err; return 1; }
    "$binary" check small --format table --report prometheus=check.prom --report sarif=check.sarif --report junit=check.xml >table.txt || code=$?
    [ $code = 2 ] || { cat table.txt; return 1; }
    "$binary" check large --format html >large.html || [ $? = 2 ]
}

validate() {
    local metrics
    for metrics in run.prom check.prom; do promtool check metrics <$metrics; done
    promtool check rules "$here/../examples/monitoring/certnotify.rules.yml"
    promtool test rules "$here/../examples/monitoring/certnotify.rules.test.yml"
    local report
    for report in run check; do
        python/bin/python -W ignore -m jsonschema --instance $report.sarif sarif.schema.json
        xmllint --noout --schema node/node_modules/mocha-junit-reporter/test/resources/JUnit.xsd $report.xml
        xmllint --noout --schema node/node_modules/mocha-junit-reporter/test/resources/jenkins-junit.xsd $report.xml
    done
}

feeds() {
    python/bin/python - <<'PYTHON'
import feedparser
import icalendar

calendar = icalendar.Calendar.from_ical(open("feeds/expiry.ics", "rb").read())
events = [event for event in calendar.walk("VEVENT")]
assert len(events) == 6 and len({event["UID"] for event in events}) == 6, events
assert all(event["DTSTART"].dt.tzinfo for event in events)
feed = feedparser.parse("feeds/expiry.atom")
assert not feed.bozo and feed.version == "atom10", feed
assert len({entry.id for entry in feed.entries}) == len(feed.entries) >= 2, feed.entries
PYTHON
}

tools
certificates
reports
validate
feeds
python/bin/python "$here/page.py" run.html large.html node/node_modules/axe-core/axe.min.js screenshots
