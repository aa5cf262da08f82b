//! The authorities of the farms that benches look at.

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyUsagePurpose, date_time_ymd};

pub(crate) fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.not_after = date_time_ymd(2045, 1, 1);
    params
}
