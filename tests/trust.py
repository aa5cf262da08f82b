"""Compares whom certnotify trusts with whom OpenSSL, Go and Python's cryptography trust, chain by chain.

usage: trust.py CERTNOTIFY READING FOLDER        READING is reading.go, built

The cases are of the kinds of bettertls and x509-limbo, made here. Each says whether its chain is to be trusted; certnotify has to
agree, and so has each of the others, but for the differences that are listed with their reason. A difference that is not listed
fails, and so does one that is listed and is none.
"""

import datetime
import ipaddress
import json
import os
import subprocess
import sys
import tempfile

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID as Usage
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import PolicyBuilder, Store

NOW = datetime.datetime(2026, 6, 1, tzinfo=datetime.timezone.utc)
DAY = datetime.timedelta(days=1)
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.55738.666.1"), b"\x05\x00")
KEYS = {}


def key(name):
    if name not in KEYS:
        KEYS[name] = ec.generate_private_key(ec.SECP256R1())
    return KEYS[name]


class Made:
    """A certificate and its key. What is left out of `options` is as it should be."""

    def __init__(self, name, issuer=None, is_authority=True, **options):
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)] if name else [])
        self.key = options.get("key") or key(options.get("key_of", name))
        above = issuer or self
        signer = options.get("signer") or above.key
        begins, ends = options.get("lives", (-30, 60 if not is_authority else 3650))
        builder = x509.CertificateBuilder(above.name, self.name, self.key.public_key(), options.get("serial", 4711 + len(KEYS)))
        builder = builder.not_valid_before(NOW + begins * DAY).not_valid_after(NOW + ends * DAY)
        constraints = options.get("constraints", x509.BasicConstraints(is_authority, options.get("depth")) if is_authority else None)
        if constraints:
            builder = builder.add_extension(constraints, critical=True)
        signs = options.get("signs", is_authority)
        usage = x509.KeyUsage(not is_authority, False, False, False, False, signs, signs, False, False) if signs or not is_authority else x509.KeyUsage(True, False, False, False, False, False, False, False, False)
        builder = builder.add_extension(usage, critical=True)
        if not is_authority:
            names = options.get("names", ["www.example.com"])
            if names:
                builder = builder.add_extension(x509.SubjectAlternativeName([general(each) for each in names]), critical=not name)
        usages = options.get("usages", [] if is_authority else [Usage.SERVER_AUTH])
        if usages:
            builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        permitted, excluded = options.get("permitted"), options.get("excluded")
        if permitted or excluded:
            constrained = [[general(each, True) for each in names] if names else None for names in (permitted, excluded)]
            builder = builder.add_extension(x509.NameConstraints(*constrained), critical=True)
        for extension, critical in options.get("more", []):
            builder = builder.add_extension(extension, critical=critical)
        if is_authority:
            builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), critical=False)
        if issuer or options.get("identifies"):
            identified = options.get("identified", signer.public_key())
            builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(identified), critical=False)
        algorithm = None if isinstance(signer, ed25519.Ed25519PrivateKey) else options.get("hash", hashes.SHA256())
        self.certificate = builder.sign(signer, algorithm)

    def pem(self):
        return self.certificate.public_bytes(serialization.Encoding.PEM)


def general(name, is_constraint=False):
    if isinstance(name, (ipaddress.IPv4Address, ipaddress.IPv6Address, ipaddress.IPv4Network)):
        return x509.IPAddress(name)
    return x509.DNSName(name)


def leaf(issuer, **options):
    return Made(options.pop("subject", "www.example.com"), issuer, is_authority=False, **options)


def cases():
    """The name of each case, the chain as it stands in a file, the roots, the name that is asked for, whether it is to be trusted."""
    root, other = Made("Root"), Made("Other Root")
    middle = Made("Middle", root, depth=0)
    name = "www.example.com"
    yield "a chain of three", [leaf(middle), middle], [root], name, True
    yield "a leaf of the root", [leaf(root)], [root], name, True
    yield "the root stands in the file too", [leaf(middle), middle, root], [root], name, True
    yield "a leaf that signed itself", [leaf(None)], [root], name, False
    yield "another root", [leaf(middle), middle], [other], name, False
    yield "two roots", [leaf(middle), middle], [other, root], name, True
    yield "the intermediate is missing", [leaf(middle)], [root], name, False
    deep = Made("Deep", Made("Upper", root, depth=1, key_of="upper"), depth=0)
    upper = Made("Upper", root, depth=1, key_of="upper")
    yield "a chain of four", [leaf(deep), deep, upper], [root], name, True
    yield "intermediates in the wrong order", [leaf(deep), upper, deep], [root], name, True
    yield "an intermediate that belongs to nothing", [leaf(middle), Made("Stranger", other), middle], [root], name, True
    yield "the leaf stands in the file twice", [leaf(middle), middle, middle], [root], name, True

    yield "a leaf that has ended", [leaf(middle, lives=(-90, -1)), middle], [root], name, False
    yield "a leaf that has not begun", [leaf(middle, lives=(1, 90)), middle], [root], name, False
    ended = Made("Middle", root, depth=0, lives=(-900, -1))
    early = Made("Middle", root, depth=0, lives=(1, 900))
    yield "an intermediate that has ended", [leaf(middle), ended], [root], name, False
    yield "an intermediate that has not begun", [leaf(middle), early], [root], name, False
    yield "an intermediate that has ended and its successor", [leaf(middle), ended, middle], [root], name, True
    yield "a root that has ended", [leaf(middle), middle], [Made("Root", lives=(-900, -1))], name, False
    crossed = Made("Middle", other, depth=0)
    yield "an intermediate of two roots, of which the first is not known", [leaf(middle), crossed, middle], [root], name, True
    old = Made("Old Root", lives=(-4000, -1))
    root_by_old = Made("Root", old)
    yield "a root that an ended one signed as well", [leaf(middle), middle, root_by_old], [root], name, True
    yield "a root that an ended one signed, both known", [leaf(middle), middle, root_by_old], [old, root], name, True
    yield "a root that is known by the one that signed it", [leaf(middle), middle, Made("Root", other)], [other], name, True
    one, two = Made("One", Made("Two"), key_of="one"), Made("Two", Made("One", key_of="one"))
    yield "two authorities that sign each other", [leaf(one), one, two], [root], name, False
    yield "two authorities that sign each other beside a way out", [leaf(one), one, two, Made("Two", root)], [root], name, True

    shallow = Made("Shallow", root, depth=0)
    yield "below an authority that may have none below it", [leaf(Made("Below", shallow)), Made("Below", shallow), shallow], [root], name, False
    yield "a root that may have none below it", [leaf(middle), middle], [Made("Root", depth=0, key_of="Root")], name, False
    yield "an intermediate that is no authority", [leaf(Made("Plain", root, constraints=x509.BasicConstraints(False, None))), Made("Plain", root, constraints=x509.BasicConstraints(False, None))], [root], name, False
    bare = Made("Bare", root, constraints=None)
    yield "an intermediate that does not say that it is an authority", [leaf(bare), bare], [root], name, False
    unsigning = Made("Unsigning", root, signs=False)
    yield "an intermediate whose key may not sign", [leaf(unsigning), unsigning], [root], name, False
    yield "a leaf that is an authority", [leaf(middle, constraints=x509.BasicConstraints(True, None)), middle], [root], name, False

    yield "a leaf for clients alone", [leaf(middle, usages=[Usage.CLIENT_AUTH]), middle], [root], name, False
    yield "a leaf for anything", [leaf(middle, usages=[Usage.ANY_EXTENDED_KEY_USAGE]), middle], [root], name, False
    yield "a leaf that does not say what for", [leaf(middle, usages=[]), middle], [root], name, True
    for_clients = Made("For clients", root, usages=[Usage.CLIENT_AUTH])
    yield "an intermediate for clients alone", [leaf(for_clients), for_clients], [root], name, False
    for_servers = Made("For servers", root, usages=[Usage.SERVER_AUTH, Usage.CLIENT_AUTH])
    yield "an intermediate for servers", [leaf(for_servers), for_servers], [root], name, True

    for title, limits, names, asked, is_trusted in [
        ("a name that is permitted", {"permitted": ["example.com"]}, [name], name, True),
        ("a name that is not permitted", {"permitted": ["example.org"]}, [name], name, False),
        ("a second name that is not permitted", {"permitted": ["example.com"]}, [name, "www.example.org"], name, False),
        ("a name that is excluded", {"excluded": ["example.com"]}, [name], name, False),
        ("a name beside what is excluded", {"excluded": ["example.org"]}, [name], name, True),
        ("a name that ends like one that is permitted", {"permitted": ["ample.com"]}, [name], name, False),
        ("a wildcard over a name that is excluded", {"excluded": ["www.example.com"]}, ["*.example.com"], "ftp.example.com", False),
        ("an address that is permitted", {"permitted": [ipaddress.ip_network("192.0.2.0/24")]}, [ipaddress.ip_address("192.0.2.7")], "192.0.2.7", True),
        ("an address that is not permitted", {"permitted": [ipaddress.ip_network("198.51.100.0/24")]}, [ipaddress.ip_address("192.0.2.7")], "192.0.2.7", False),
        ("an address where only names are limited", {"permitted": ["example.org"]}, [ipaddress.ip_address("192.0.2.7")], "192.0.2.7", True),
    ]:
        limited = Made("Limited", root, key_of="limited", **limits)
        yield title, [leaf(limited, names=names), limited], [root], asked, is_trusted
    yield "a root that permits other names", [leaf(Made("Under", Made("Narrow", permitted=["example.org"]))), Made("Under", Made("Narrow", permitted=["example.org"]))], [Made("Narrow", permitted=["example.org"])], name, False

    for title, names, asked, is_trusted in [
        ("another name", ["www.example.org"], name, False),
        ("a name in capitals", ["WWW.Example.COM"], name, True),
        ("a wildcard", ["*.example.com"], name, True),
        ("a wildcard for two labels", ["*.example.com"], "a.www.example.com", False),
        ("a wildcard for no label", ["*.example.com"], "example.com", False),
        ("a wildcard of a part of a label", ["w*.example.com"], name, False),
        ("a wildcard in the middle", ["www.*.com"], name, False),
        ("a wildcard over an A-label", ["*.example.com"], "xn--mnchen-3ya.example.com", True),
        ("a name with an A-label", ["xn--mnchen-3ya.example.com"], "xn--mnchen-3ya.example.com", True),
        ("an address", [ipaddress.ip_address("192.0.2.7")], "192.0.2.7", True),
        ("another address", [ipaddress.ip_address("192.0.2.8")], "192.0.2.7", False),
        ("an address written as a name", ["192.0.2.7"], "192.0.2.7", False),
        ("an address of the sixth version", [ipaddress.ip_address("2001:db8::7")], "2001:db8::7", True),
    ]:
        yield "a leaf of " + title, [leaf(middle, names=names), middle], [root], asked, is_trusted
    yield "a name in the subject alone", [leaf(middle, names=[]), middle], [root], name, False
    yield "a leaf without a subject", [leaf(middle, subject=""), middle], [root], name, True

    yield "a leaf with the signature of another key", [leaf(middle, signer=key("forger"), identified=middle.key.public_key()), middle], [root], name, False
    forged = Made("Middle", root, depth=0, signer=key("forger"), identified=root.key.public_key())
    yield "an intermediate with the signature of another key", [leaf(middle), forged], [root], name, False
    yield "a forged intermediate beside the true one", [leaf(middle), forged, middle], [root], name, True
    yield "the identifier of another key of the issuer", [leaf(middle, identified=key("forger").public_key()), middle], [root], name, False
    yield "a leaf with an unknown critical extension", [leaf(middle, more=[(UNKNOWN, True)]), middle], [root], name, False
    yield "a leaf with an unknown extension", [leaf(middle, more=[(UNKNOWN, False)]), middle], [root], name, True
    strange = Made("Strange", root, more=[(UNKNOWN, True)])
    yield "an intermediate with an unknown critical extension", [leaf(strange), strange], [root], name, False
    yield "a leaf of Ed25519", [leaf(middle, key=ed25519.Ed25519PrivateKey.generate()), middle], [root], name, True
    yield "a leaf of P-521", [leaf(middle, key=ec.generate_private_key(ec.SECP521R1())), middle], [root], name, True
    yield "a leaf of RSA with 2048 bits", [leaf(middle, key=rsa.generate_private_key(65537, 2048)), middle], [root], name, True
    of_rsa = Made("RSA", root, key=rsa.generate_private_key(65537, 2048))
    yield "a leaf that RSA signed", [leaf(of_rsa), of_rsa], [root], name, True
    yield "the leaf is in the store of roots", [leaf(middle), middle], [leaf(middle)], name, False
    yield "the intermediate is in the store, and its root is not", [leaf(middle), middle], [middle], name, True


# Where the others say otherwise, and why; those of certnotify too.
FIRST = "it goes on with the first issuer of that name that it finds, and back no further"
DIFFERENCES = {
    "a root that has ended": {"certnotify": "the age of a root is not judged: it is trusted because it is in the store (RFC 5280, 6.1.1 d)"},
    "a root that may have none below it": {"certnotify": "of a root only its name, its key and the names that it permits count"},
    "an intermediate of two roots, of which the first is not known": {"OpenSSL": FIRST},
    "two authorities that sign each other beside a way out": {"OpenSSL": FIRST},
    "a forged intermediate beside the true one": {"OpenSSL": FIRST},
    "the intermediate is in the store, and its root is not": {"OpenSSL": "a chain ends in a certificate that signed itself, unless `-partial_chain` is given"},
    "a leaf that is an authority": {
        "OpenSSL": "an authority may be a server as well for it", "Go": "an authority may be a server as well for it"},
    "a leaf for anything": {"Go": "it takes any use for that of servers as well; CA/Browser Forum BR 7.1.2.7 forbids it in a leaf"},
    "a wildcard over a name that is excluded": dict.fromkeys(
        ["OpenSSL", "Go", "cryptography"], "they ask whether the name with its asterisk lies below what is excluded, not whether it covers it"),
    "an address where only names are limited": {"OpenSSL": "it takes a common name that looks like a host for one where there is no other"},
    "a leaf of a wildcard of a part of a label": {"OpenSSL": "an asterisk may stand for a part of a label (RFC 6125, 6.4.3, where RFC 9525 ended it)"},
    "a name in the subject alone": {"OpenSSL": "it reads the common name where there is no other; browsers do not any more"},
    "the identifier of another key of the issuer": {
        "Go": "the identifier is a hint for it (RFC 5280, 4.2.1.1)", "cryptography": "the identifier is a hint for it (RFC 5280, 4.2.1.1)"},
}


def by_openssl(folder, name):
    try:
        ipaddress.ip_address(name)
        asked = ["-verify_ip", name]
    except ValueError:
        asked = ["-verify_hostname", name]
    rest = ["-untrusted", f"{folder}/rest.pem"] if os.path.getsize(f"{folder}/rest.pem") else []
    done = subprocess.run(["openssl", "verify", "-CAfile", f"{folder}/roots.pem", "-no-CApath", "-no-CAstore", *rest, "-purpose", "sslserver",
                           "-attime", str(int(NOW.timestamp())), *asked, f"{folder}/leaf.pem"], capture_output=True, text=True, check=False)
    said = [line for line in done.stderr.splitlines() if line.startswith("error ")]
    return None if done.returncode == 0 else (said or done.stderr.splitlines() or ["?"])[0]


def by_cryptography(chain, roots, name):
    try:
        subject = x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        subject = x509.DNSName(name)
    try:
        verifier = PolicyBuilder().store(Store([root.certificate for root in roots])).time(NOW).build_server_verifier(subject)
        verifier.verify(chain[0].certificate, [each.certificate for each in chain[1:]])
    except Exception as error:
        return str(error) or type(error).__name__
    return None


NOT_TRUSTED = {"untrusted", "self-signed", "chain-incomplete", "name-mismatch", "expired", "not-yet-valid"}


def by_certnotify(program, folder, made):
    lines = ["[contacts.ops]", 'email = "ops@example.com"']
    for title, (_, _, name, _) in made.items():
        place = f"{folder}/{title}"
        lines += ["[[certificates]]", f"name = {json.dumps(title)}", f"file = {json.dumps(place + '/chain.pem')}", f"ca-file = {json.dumps(place + '/roots.pem')}", f"covers = [{json.dumps(name)}]"]
    policy = os.path.join(folder, "policies.toml")
    with open(policy, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    done = subprocess.run([program, "check", "-p", policy, "--format", "json", "--at", NOW.isoformat().replace("+00:00", "Z")], capture_output=True, text=True, check=False)
    if not done.stdout:
        sys.exit(f"certnotify wrote no report: {done.stderr}")
    found = {}
    for row in json.loads(done.stdout)["certificates"]:
        title = row["name"].split("#")[0]
        ids = [f"{finding['id']}: {finding['message']}" for finding in row["findings"] if finding["id"] in NOT_TRUSTED]
        ids += [f"not read: {row['error']}"] if row["error"] else []
        # Certificates that do not chain are rows of their own: the leaf is the first.
        found.setdefault(title, "; ".join(ids) or None)
    return found


def main():
    certnotify, reading, folder = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as folder:
        made = {title: case for title, *case in cases()}
        for title, (chain, roots, name, _) in made.items():
            place = os.path.join(folder, title)
            os.mkdir(place)
            files = {"leaf.pem": chain[0].pem(), "rest.pem": b"".join(each.pem() for each in chain[1:]), "chain.pem": b"".join(each.pem() for each in chain),
                     "roots.pem": b"".join(each.pem() for each in roots), "name": name.encode(), "at": str(int(NOW.timestamp())).encode()}
            for file, content in files.items():
                with open(os.path.join(place, file), "wb") as to:
                    to.write(content)
        ours = by_certnotify(certnotify, folder, made)
        os.remove(os.path.join(folder, "policies.toml"))
        of_go = json.loads(subprocess.run([reading, "verify", folder], capture_output=True, text=True, check=True).stdout)
        problems, differ = [], 0
        for title, (chain, roots, name, is_trusted) in made.items():
            said = {"certnotify": ours[title], "OpenSSL": by_openssl(os.path.join(folder, title), name), "Go": of_go[title], "cryptography": by_cryptography(chain, roots, name)}
            for tool, why_not in said.items():
                reason = DIFFERENCES.get(title, {}).get(tool)
                is_other = (why_not is None) != is_trusted
                differ += is_other
                if is_other and reason:
                    print(f"  {title}: {tool} {'does not trust it' if is_trusted else 'trusts it'}: {reason}")
                elif is_other:
                    problems.append(f"{title}: {'to be' if is_trusted else 'not to be'} trusted, and {tool} says {why_not or 'that it is'}")
                elif reason:
                    problems.append(f"{title}: {tool} is said to differ, and does not")
        problems += [f"{title}: there is no such case" for title in DIFFERENCES if title not in made]
    print(f"{len(made)} chains, judged by certnotify, OpenSSL, Go and cryptography; {differ} verdicts differ, each with its reason")
    for problem in problems:
        print("WRONG", problem)
    if problems:
        sys.exit(f"{len(problems)} wrong")


main()
