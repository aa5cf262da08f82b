//! Certificates made on the spot: authorities, leaves, and files of both.

use std::net::IpAddr;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType,
    SerialNumber,
};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

/// The moment at which the tests take place.
pub const NOW: OffsetDateTime = datetime!(2026-11-21 07:07 UTC);

/// An authority: a root, or an intermediate of one.
pub struct Authority {
    pub pem: String,
    pub der: Vec<u8>,
    params: CertificateParams,
    key: KeyPair,
}

/// A certificate with its key.
pub struct Leaf {
    pub pem: String,
    pub der: Vec<u8>,
    pub key_pem: String,
    pub key_der: Vec<u8>,
}

/// A certificate that is still to be made.
#[derive(Clone)]
pub struct Wish {
    pub params: CertificateParams,
}

fn params(common_name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.not_before = NOW - Duration::days(365);
    params.not_after = NOW + Duration::days(3650);
    params.use_authority_key_identifier_extension = true;
    params
}

impl Authority {
    pub fn root(common_name: &str) -> Self {
        let params = Self::params(common_name);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self { pem: certificate.pem(), der: certificate.der().to_vec(), params, key }
    }

    pub fn intermediate(&self, common_name: &str) -> Self {
        self.intermediate_until(common_name, NOW + Duration::days(1825))
    }

    pub fn intermediate_until(&self, common_name: &str, not_after: OffsetDateTime) -> Self {
        let mut params = Self::params(common_name);
        params.not_after = not_after;
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer()).unwrap();
        Self { pem: certificate.pem(), der: certificate.der().to_vec(), params, key }
    }

    /// This authority as another one certifies it: the same name and key, and another way up.
    pub fn crossed(&self, by: &Self, not_after: OffsetDateTime) -> String {
        let mut params = self.params.clone();
        params.not_after = not_after;
        params.signed_by(&self.key, &by.issuer()).unwrap().pem()
    }

    fn params(common_name: &str) -> CertificateParams {
        let mut params = params(common_name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params
    }

    pub fn key(&self) -> &KeyPair {
        &self.key
    }

    /// An intermediate that may do only this.
    pub fn intermediate_for(&self, common_name: &str, usages: &[KeyUsagePurpose]) -> Self {
        let mut params = Self::params(common_name);
        params.key_usages = usages.to_vec();
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer()).unwrap();
        Self { pem: certificate.pem(), der: certificate.der().to_vec(), params, key }
    }

    /// A root that may do only this.
    pub fn root_for(common_name: &str, usages: &[KeyUsagePurpose]) -> Self {
        let mut params = Self::params(common_name);
        params.key_usages = usages.to_vec();
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self { pem: certificate.pem(), der: certificate.der().to_vec(), params, key }
    }

    /// A certificate for this one use by this authority, and no authority itself.
    pub fn deputy(&self, common_name: &str, usage: rcgen::ExtendedKeyUsagePurpose) -> Self {
        let mut params = params(common_name);
        params.extended_key_usages = vec![usage];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer()).unwrap();
        Self { pem: certificate.pem(), der: certificate.der().to_vec(), params, key }
    }

    pub fn issuer(&self) -> Issuer<'_, &KeyPair> {
        Issuer::from_params(&self.params, &self.key)
    }

    /// For a key that was made before, in PEM.
    pub fn issue_for(&self, wish: &Wish, key_pem: &str) -> Leaf {
        let key = KeyPair::from_pem(key_pem).unwrap();
        let certificate = wish.params.signed_by(&key, &self.issuer()).unwrap();
        Leaf::new(&certificate, &key)
    }

    pub fn issue(&self, wish: &Wish) -> Leaf {
        let key = KeyPair::generate().unwrap();
        let certificate = wish.params.signed_by(&key, &self.issuer()).unwrap();
        Leaf::new(&certificate, &key)
    }
}

impl Leaf {
    fn new(certificate: &rcgen::Certificate, key: &KeyPair) -> Self {
        Self {
            pem: certificate.pem(),
            der: certificate.der().to_vec(),
            key_pem: key.serialize_pem(),
            key_der: key.serialize_der(),
        }
    }
}

/// A leaf for these names, 90 days long, 70 days from its end.
pub fn leaf(names: &[&str]) -> Wish {
    let alternative = |name: &&str| match name.parse::<IpAddr>() {
        Ok(address) => SanType::IpAddress(address),
        Err(_) => SanType::DnsName((*name).try_into().unwrap()),
    };
    let mut params = params(names.first().unwrap_or(&"nobody"));
    params.subject_alt_names = names.iter().map(alternative).collect();
    params.serial_number = Some(SerialNumber::from_slice(&[0x4a, 0xb1, 0xc0]));
    Wish { params }.lives(NOW - Duration::days(20), NOW + Duration::days(70))
}

impl Wish {
    pub fn lives(mut self, not_before: OffsetDateTime, not_after: OffsetDateTime) -> Self {
        self.params.not_before = not_before;
        self.params.not_after = not_after;
        self
    }

    /// 90 days long, with this much left.
    pub fn left(self, left: Duration) -> Self {
        self.lives(NOW + left - Duration::days(90), NOW + left)
    }

    pub fn serial(mut self, serial: &[u8]) -> Self {
        self.params.serial_number = Some(SerialNumber::from_slice(serial));
        self
    }

    /// It names this place for its CRL.
    pub fn crl_at(mut self, url: &str) -> Self {
        self.params.crl_distribution_points.push(rcgen::CrlDistributionPoint { uris: vec![url.to_owned()] });
        self
    }

    pub fn with_extension(mut self, kind: &[u64], value: Vec<u8>) -> Self {
        self.params.custom_extensions.push(rcgen::CustomExtension::from_oid_content(kind, value));
        self
    }

    pub fn self_signed(&self) -> Leaf {
        let key = KeyPair::generate().unwrap();
        Leaf::new(&self.params.self_signed(&key).unwrap(), &key)
    }
}
