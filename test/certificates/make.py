"""Makes certificates for a test: reads [{name, subject, signedBy?, hosts?, isAuthority?, days?}] and prints {name: {certificate, key}}, PEM."""

import datetime
import ipaddress
import json
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NAMES = {"CN": NameOID.COMMON_NAME, "O": NameOID.ORGANIZATION_NAME, "C": NameOID.COUNTRY_NAME}


def alternative(host):
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def make(wanted, made):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NAMES[part], value) for part, value in wanted["subject"]])
    issuer = made.get(wanted.get("signedBy"))
    now = datetime.datetime.now(datetime.timezone.utc)
    days = wanted.get("days", 2)
    begin, end = sorted([now - datetime.timedelta(days=10), now + datetime.timedelta(days=days)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=wanted.get("isAuthority", False), path_length=None), critical=True)
    )
    if wanted.get("hosts"):
        names = x509.SubjectAlternativeName([alternative(host) for host in wanted["hosts"]])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(issuer[1] if issuer else key, hashes.SHA256()), key


def main():
    made = {}
    for wanted in json.load(sys.stdin):
        made[wanted["name"]] = make(wanted, made)
    pem = serialization.Encoding.PEM
    pkcs8 = serialization.PrivateFormat.PKCS8
    json.dump(
        {
            name: {
                "certificate": certificate.public_bytes(pem).decode(),
                "key": key.private_bytes(pem, pkcs8, serialization.NoEncryption()).decode(),
            }
            for name, (certificate, key) in made.items()
        },
        sys.stdout,
    )


main()
