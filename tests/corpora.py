"""Compares what certnotify reads with what OpenSSL, Go and Python's cryptography read, over public collections of certificates.

usage: corpora.py CERTNOTIFY READING FOLDER...        READING is reading.go, built

Every certificate that OpenSSL and cryptography read alike has to be read so by certnotify; where the three differ, as most of them
do. Every file in which either finds a certificate has to show it, or to be named in a finding. Nothing may be passed over in
silence.
"""

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7, pkcs12

warnings.simplefilter("ignore")

# The passwords that these collections say they use.
PASSWORDS = [b"", b"password", b"cryptography", b"changeit", b"nss", b"12345", b"PASSWORD", b"asdf", b"hello", b"\xe2\x98\xba", b"test",
             b"v1", b"v2", b"v1-passwd", "ΑΒΓΔ".encode(), b"secret", b"1234", b"nsspw", b"a", b"\xce\x91", b"Password1", b"foo", b"abc", "σύνθημα γνώρισμα".encode()]
NAMES = {
    "2.5.4.3": "CN", "2.5.4.4": "SN", "2.5.4.5": "serialNumber", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST",
    "2.5.4.9": "STREET", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.12": "title", "2.5.4.13": "description",
    "2.5.4.15": "businessCategory", "2.5.4.17": "postalCode", "2.5.4.20": "telephoneNumber", "2.5.4.41": "name",
    "2.5.4.42": "GN", "2.5.4.43": "initials", "2.5.4.44": "generationQualifier", "2.5.4.46": "dnQualifier",
    "2.5.4.65": "pseudonym", "2.5.4.97": "organizationIdentifier", "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC", "1.2.840.113549.1.9.1": "emailAddress", "1.2.840.113549.1.9.2": "unstructuredName",
    "1.3.6.1.4.1.311.60.2.1.1": "jurisdictionL", "1.3.6.1.4.1.311.60.2.1.2": "jurisdictionST",
    "1.3.6.1.4.1.311.60.2.1.3": "jurisdictionC",
}
OVERRIDES = {x509.ObjectIdentifier(oid): name for oid, name in NAMES.items()}
BLOCK = re.compile(rb"-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----(.*?)-----END \1?CERTIFICATE-----", re.S)


def run(*command, data=None):
    return subprocess.run(command, input=data, capture_output=True, timeout=60, check=False)


def first_element(der):
    """The first element of `der`, without what follows it."""
    if len(der) < 2 or der[0] != 0x30:
        return None
    length, head = der[1], 2
    if length >= 0x80:
        count = length & 0x7F
        length, head = int.from_bytes(der[2:2 + count], "big"), 2 + count
    return der[:head + length] if len(der) >= head + length else None


def plain(key, value):
    """A name without what the writers of RFC 4514 differ in: attributes that have no name, and white space, of which
    certnotify writes one for many."""
    if key not in ("subject", "issuer"):
        return value
    value = re.sub(r"(^|(?<=[,+]))[0-2](\.\d+)+=((\\.|[^,+\\])*)", "?", value)
    return re.sub(r"(\\?\s)+", " ", value)


def moment(value):
    return value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value


def by_cryptography(der):
    try:
        found = x509.load_der_x509_certificate(der)
        facts = {
            "not_before": moment(getattr(found, "not_valid_before_utc", None) or found.not_valid_before),
            "not_after": moment(getattr(found, "not_valid_after_utc", None) or found.not_valid_after),
            "serial": format(found.serial_number, "x"),
        }
    except Exception:
        return None
    try:
        facts["subject"] = found.subject.rfc4514_string(OVERRIDES)
        facts["issuer"] = found.issuer.rfc4514_string(OVERRIDES)
    except Exception:
        pass
    try:
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        facts["dns_names"] = names.get_values_for_type(x509.DNSName)
        addresses = names.get_values_for_type(x509.IPAddress)
        facts["ip_addresses"] = [str(address) for address in addresses if not hasattr(address, "netmask")]
    except x509.ExtensionNotFound:
        facts["dns_names"], facts["ip_addresses"] = [], []
    except Exception:
        pass
    return facts


def by_openssl(der):
    done = run("openssl", "x509", "-inform", "DER", "-noout", "-startdate", "-enddate", "-serial", data=der)
    if done.returncode:
        return None
    lines = dict(line.split("=", 1) for line in done.stdout.decode("latin1").splitlines() if "=" in line)
    try:
        when = lambda text: datetime.strptime(text, "%b %d %H:%M:%S %Y %Z").replace(tzinfo=timezone.utc)
        serial = lines["serial"].lower()
        sign, digits = ("-", serial[1:]) if serial.startswith("-") else ("", serial)
        return {"not_before": when(lines["notBefore"]), "not_after": when(lines["notAfter"]), "serial": sign + (digits.lstrip("0") or "0")}
    except (KeyError, ValueError):
        return None


def by_go(reading, folder):
    """What Go reads of each certificate of the folder, by the name of its file."""
    read = json.loads(run(reading, "read", folder).stdout)
    for facts in filter(None, read.values()):
        for key in ("not_before", "not_after"):
            try:
                facts[key] = datetime.fromtimestamp(facts[key], timezone.utc)
            except (ValueError, OverflowError):
                del facts[key]
    return read


def of_key_store(data, path):
    """The certificates of a key store and the password, or None where it is not opened."""
    for password in [None, *PASSWORDS]:
        try:
            store = pkcs12.load_pkcs12(data, password)
        except Exception:
            continue
        held = [store.cert, *store.additional_certs]
        return [each.certificate.public_bytes(Encoding.DER) for each in held if each], password or b""
    for password in PASSWORDS:
        if b"\0" in password:
            continue
        for extra in ([], ["-legacy"]):
            # `-nokeys` must open the keys' part as well where it is one with the certificates'.
            done = run("openssl", "pkcs12", "-in", path, "-nokeys", "-passin", "pass:" + password.decode(), *extra)
            if done.returncode == 0:
                return [der for der in of_pem(done.stdout)], password
    return None


def of_pem(data):
    for block in BLOCK.finditer(data):
        try:
            der = first_element(base64.b64decode(re.sub(rb"\s", b"", block.group(2)), validate=True))
        except ValueError:
            continue
        if der:
            yield der


def expected(path):
    """What kind of file it is for the two references, the certificates in it, and the password."""
    with open(path, "rb") as file:
        data = file.read()
    if b"-----BEGIN " in data:
        found = list(of_pem(data))
        if not found and b"BEGIN PKCS7" in data:
            try:
                return "PKCS#7", [each.public_bytes(Encoding.DER) for each in pkcs7.load_pem_pkcs7_certificates(data)], b""
            except Exception:
                pass
        return "PEM", found, b""
    if data[:1] != b"\x30":
        return "other", [], b""
    if re.match(rb"\x30(\x80|[\x81-\x84]?[\x00-\xff]{1,4})\x02\x01\x03\x30", data[:12]):
        opened = of_key_store(data, path)
        return ("PKCS#12", *opened) if opened else ("PKCS#12", [], None)
    whole = first_element(data)
    if whole and (by_cryptography(whole) or by_openssl(whole)):
        return "DER", [whole], b""
    try:
        return "PKCS#7", [each.public_bytes(Encoding.DER) for each in pkcs7.load_der_pkcs7_certificates(data)], b""
    except Exception:
        return "other", [], b""


def lists(path):
    with open(path, "rb") as file:
        data = file.read()
    for candidate in re.findall(rb"-----BEGIN X509 CRL-----.*?-----END X509 CRL-----", data, re.S) or [data]:
        try:
            read = x509.load_pem_x509_crl if candidate[:1] == b"-" else x509.load_der_x509_crl
            yield read(candidate).public_bytes(Encoding.DER)
        except Exception:
            continue


def compare_list(der, rows, tally, problems, path):
    theirs = x509.load_der_x509_crl(der)
    times = [moment(time) for time in (getattr(theirs, "last_update_utc", None) or theirs.last_update,
                                       getattr(theirs, "next_update_utc", None) or theirs.next_update) if time]
    digest = hashlib.sha256(der).hexdigest()
    row = next((row for row in rows if row["fingerprint_sha256"] == digest), None)
    if len(times) < 2:
        tally["revocation lists without a next update"] += 1
        if row or not any(row["error"] for row in rows):
            problems.append(f"{path}: a list without a next update is not named")
        return
    tally["revocation lists compared"] += 1
    ours = [datetime.fromisoformat(row[key].replace("Z", "+00:00")) for key in ("not_before", "not_after")] if row else None
    if ours != times:
        problems.append(f"{path}: the list's updates are {ours}, and cryptography says {times}: {[row['error'] for row in rows]}")


def check(certnotify, paths, password=b""):
    """The rows of a report, by the path that was given."""
    rows = {path: [] for path in paths}
    with tempfile.NamedTemporaryFile() as secret:
        secret.write(password + b"\n")
        secret.flush()
        extra = ["--password-file", secret.name] if password else []
        for start in range(0, len(paths), 500):
            done = run(certnotify, "check", "--format", "json", "--at", "2026-01-01", *extra, *("file:" + path for path in paths[start:start + 500]))
            if not done.stdout:
                sys.exit(f"certnotify wrote no report: {done.stderr.decode()}")
            for row in json.loads(done.stdout)["certificates"]:
                rows[row["source"]].append(row)
    return rows


def compare(row, read, tally, problems, where):
    ours = {
        "not_before": datetime.fromisoformat(row["not_before"].replace("Z", "+00:00")),
        "not_after": datetime.fromisoformat(row["not_after"].replace("Z", "+00:00")),
        **{key: row[key] for key in ("serial", "subject", "issuer", "dns_names", "ip_addresses")},
    }
    ours = {key: plain(key, value) for key, value in ours.items()}
    for key, value in ours.items():
        theirs = [plain(key, facts[key]) for facts in read if facts and key in facts]
        if not theirs:
            continue
        counts = [sum(one == other for other in theirs) for one in theirs]
        differ = min(counts) < len(theirs)
        tally["facts on which the references differ"] += differ
        if value not in [said for said, count in zip(theirs, counts) if count == max(counts)]:
            problems.append(f"{where}: {key} is {value!r}, and they say {theirs!r}")


def main():
    certnotify, reading, *folders = sys.argv[1:]
    paths = sorted({os.path.realpath(os.path.join(base, name)) for folder in folders for base, _, names in os.walk(folder) for name in names})
    paths = [path for path in paths if os.path.isfile(path) and "\n" not in path and os.path.getsize(path) <= 1 << 22]
    tally, problems = Counter(), []
    with ThreadPoolExecutor(2) as pool:
        kinds = dict(zip(paths, pool.map(expected, paths)))
    certificates = {hashlib.sha256(der).hexdigest(): (der, path) for path in paths for der in kinds[path][1]}
    with ThreadPoolExecutor(2) as pool:
        facts = dict(zip(certificates, pool.map(lambda item: (by_cryptography(item[0]), by_openssl(item[0])), certificates.values())))

    # Each certificate by itself.
    with tempfile.TemporaryDirectory() as folder:
        single = {}
        for digest, (der, _) in certificates.items():
            single[os.path.join(folder, digest)] = digest
            with open(os.path.join(folder, digest), "wb") as file:
                file.write(der)
        go = by_go(reading, folder)
        for path, rows in check(certnotify, list(single)).items():
            digest = single[path]
            _, where = certificates[digest]
            own = [row for row in rows if row["fingerprint_sha256"] == digest]
            both = facts[digest]
            tally["certificates that Go reads"] += go[digest] is not None
            if own:
                tally["certificates compared"] += 1
                compare(own[0], (*both, go[digest]), tally, problems, where)
            elif all(both):
                problems.append(f"{where}: {digest} is not read, though both references do: {[row['error'] for row in rows]}")
            elif any(both):
                tally["certificates that one reference reads and certnotify names as broken"] += 1
            else:
                tally["certificates that none of them reads"] += 1
            if not rows:
                problems.append(f"{where}: {digest} is passed over in silence")

    # Each file as it is.
    stores = opened = 0
    groups = {}
    for path, (_, _, password) in kinds.items():
        groups.setdefault(password or b"", []).append(path)
    for password, members in groups.items():
        for path, rows in check(certnotify, members, password).items():
            kind, held, opens = kinds[path]
            tally[f"files: {kind}"] += 1
            shown = {row["fingerprint_sha256"] for row in rows} | {each["fingerprint_sha256"] for row in rows for each in row["chain"] or []}
            missing = {hashlib.sha256(der).hexdigest() for der in held} - shown
            is_named = any(row["error"] for row in rows)
            if not rows:
                problems.append(f"{path}: passed over in silence")
            if kind == "PKCS#12" and opens is not None:
                stores += 1
                opened += not missing and not (is_named and held)
                if missing or (is_named and held):
                    print(f"  not opened: {path} with {password!r}: {[row['error'] for row in rows]}")
            elif missing and not (is_named and all(not all(facts[digest]) for digest in missing)):
                problems.append(f"{path}: {len(missing)} of {len(held)} certificates are not shown: {[row['error'] for row in rows]}")
            for list_der in lists(path):
                compare_list(list_der, rows, tally, problems, path)

    for what, count in sorted(tally.items()):
        print(f"{count:6} {what}")
    print(f"{opened:6} of {stores} PKCS#12 files opened that a reference opens")
    for problem in problems[:50]:
        print("WRONG", problem)
    if problems or opened * 499 < 490 * stores:
        sys.exit(f"{len(problems)} wrong")


main()
