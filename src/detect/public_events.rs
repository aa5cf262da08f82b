//! The table of dated public events, each with its scope and its source.

use time::Date;
use time::macros::date;

use super::public_trust::{lives_longer, path_ends};
use crate::certificate::Certificate;
use crate::observation::ObservedCertificate;

/// One dated public event.
pub(super) struct PublicEvent {
    /// Never changes: it is told once under this name.
    pub id: &'static str,
    pub title: &'static str,
    pub text: &'static str,
    pub date: Date,
    /// It is told from here on, and no more after `until`.
    pub from: Date,
    pub until: Date,
    pub source: &'static str,
    pub scope: Scope,
    /// What it concerns can fail before its own end: told as an alert.
    pub is_alert: bool,
    pub concerns: fn(&ObservedCertificate) -> bool,
}

/// Which certificates of public authorities a rule holds for. One without usages may be used for anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    TlsServer,
    TlsClient,
    CodeSigning,
}

impl Scope {
    pub(super) fn covers(self, certificate: &Certificate) -> bool {
        let usage = match self {
            Self::TlsServer => "serverAuth",
            Self::TlsClient => "clientAuth",
            Self::CodeSigning => "codeSigning",
        };
        let named = certificate.usages.iter().any(|known| known == usage || known == "any");
        named || (self == Self::TlsServer && certificate.usages.is_empty())
    }
}

/// The exact organisation of its issuer is one of these.
fn is_of(sight: &ObservedCertificate, owners: &[&str]) -> bool {
    sight.chain.leaf.issuer.organization().is_some_and(|name| owners.contains(&name.as_str()))
}

fn outlives(sight: &ObservedCertificate, days: i64) -> bool {
    lives_longer(&sight.chain.leaf, days)
}

fn begins_after(sight: &ObservedCertificate, last: Date) -> bool {
    sight.chain.leaf.not_before.date() > last
}

/// All its paths end at roots whose subject begins so.
fn leads_only_to(sight: &ObservedCertificate, roots: &[&str]) -> bool {
    let begins = |subject: &str| roots.iter().any(|root| subject.starts_with(root));
    if sight.chain.rest.is_empty() {
        return begins(&sight.chain.leaf.issuer);
    }
    // Every end is the issuer of a certificate that is here.
    if !begins(&sight.chain.leaf.issuer) && !sight.chain.rest.iter().any(|issuer| begins(&issuer.issuer)) {
        return false;
    }
    let ends = path_ends(&sight.chain);
    !ends.is_empty() && ends.iter().all(|end| begins(end.subject))
}

pub(super) static EVENTS: [PublicEvent; 16] = [
    PublicEvent {
        id: "sc081-100-days",
        title: "Public TLS certificates live at most 100 days from 2027-03-15",
        text: "Certificates issued from then on by public authorities live at most 100 days, and the check of a name \
               can be reused for 100 days. Who renews by hand will do it four times a year: automate it before.",
        date: date!(2027 - 03 - 15),
        from: date!(2026 - 11 - 15),
        until: date!(2027 - 03 - 31),
        source: "CA/Browser Forum ballot SC081v3; Baseline Requirements, sections 4.2.1 and 6.3.2",
        scope: Scope::TlsServer,
        is_alert: false,
        concerns: |sight| outlives(sight, 100),
    },
    PublicEvent {
        id: "sc081-47-days",
        title: "Public TLS certificates live at most 47 days from 2029-03-15",
        text: "Certificates issued from then on by public authorities live at most 47 days, and the check of a name \
               can be reused for 10 days. Renewal by hand is no longer possible in practice.",
        date: date!(2029 - 03 - 15),
        from: date!(2028 - 11 - 15),
        until: date!(2029 - 03 - 31),
        source: "CA/Browser Forum ballot SC081v3; Baseline Requirements, sections 4.2.1 and 6.3.2",
        scope: Scope::TlsServer,
        is_alert: false,
        concerns: |sight| outlives(sight, 47),
    },
    PublicEvent {
        id: "sc090-phone",
        title: "Public authorities validate no domain by phone from 2027-03-15",
        text: "An authority that proves your control of a domain by a call must use another method from then on. Ask \
               which method your orders use, and move to DNS or HTTP validation before.",
        date: date!(2027 - 03 - 15),
        from: date!(2026 - 12 - 15),
        until: date!(2027 - 04 - 15),
        source: "CA/Browser Forum ballot SC-090",
        scope: Scope::TlsServer,
        is_alert: false,
        concerns: |sight| outlives(sight, 100),
    },
    PublicEvent {
        id: "sc090-email",
        title: "Public authorities validate no domain by e-mail from 2028-03-15",
        text: "An authority that proves your control of a domain by a mail to its administrator must use another \
               method from then on. Move to DNS or HTTP validation before.",
        date: date!(2028 - 03 - 15),
        from: date!(2027 - 12 - 15),
        until: date!(2028 - 04 - 15),
        source: "CA/Browser Forum ballot SC-090",
        scope: Scope::TlsServer,
        is_alert: false,
        concerns: |sight| !is_of(sight, &["Let's Encrypt"]),
    },
    PublicEvent {
        id: "letsencrypt-64-days",
        title: "Let's Encrypt: 64 days instead of 90 from 2027-02-10",
        text: "The default profile (`classic`) gives certificates of 64 days from then on, and a check of a name can \
               be reused for 10 days. A client that renews at a fixed age must renew earlier: at two thirds of the \
               lifetime, or as the CA's renewal information says.",
        date: date!(2027 - 02 - 10),
        from: date!(2026 - 11 - 10),
        until: date!(2027 - 04 - 10),
        source: "https://letsencrypt.org/2025/12/02/from-90-to-45",
        scope: Scope::TlsServer,
        is_alert: false,
        concerns: |sight| is_of(sight, &["Let's Encrypt"]) && outlives(sight, 64),
    },
    PublicEvent {
        id: "letsencrypt-45-days",
        title: "Let's Encrypt: 45 days from 2028-02-16",
        text: "The default profile (`classic`) gives certificates of 45 days from then on, and a check of a name can \
               be reused for 7 hours. A client that renews at a fixed age must renew earlier: at two thirds of the \
               lifetime, or as the CA's renewal information says.",
        date: date!(2028 - 02 - 16),
        from: date!(2027 - 11 - 16),
        until: date!(2028 - 04 - 16),
        source: "https://letsencrypt.org/2025/12/02/from-90-to-45",
        scope: Scope::TlsServer,
        is_alert: false,
        concerns: |sight| is_of(sight, &["Let's Encrypt"]) && outlives(sight, 45),
    },
    PublicEvent {
        id: "end-of-client-auth",
        title: "Public certificates lose client authentication: from 2027-03-15 Chrome allows server authentication only",
        text: "The next renewal comes without `clientAuth`: Let's Encrypt gave it until 2026-07-08, Sectigo gives it \
               until 2027-02-10, DigiCert until 2027-03-01. What authenticates itself with this certificate (mutual \
               TLS, mail between servers) then fails: get it one of a private CA.",
        date: date!(2027 - 03 - 15),
        from: date!(2025 - 10 - 01),
        until: date!(2027 - 09 - 15),
        source: "Chrome Root Program Policy 1.8; https://letsencrypt.org/2025/05/14/ending-tls-client-authentication",
        scope: Scope::TlsClient,
        is_alert: false,
        concerns: |sight| Scope::TlsServer.covers(&sight.chain.leaf),
    },
    PublicEvent {
        id: "entrust-distrust",
        title: "Browsers trust no certificate of Entrust issued after 2024-11-11",
        text: "Chrome, Firefox and Safari refuse what Entrust's own roots issued after November 2024. Renew with \
               another authority.",
        date: date!(2024 - 11 - 12),
        from: date!(2024 - 07 - 01),
        until: date!(2028 - 01 - 01),
        source: "https://security.googleblog.com/2024/06/sustaining-digital-certificate-security.html",
        scope: Scope::TlsServer,
        is_alert: true,
        concerns: |sight| {
            begins_after(sight, date!(2024 - 11 - 11))
                && leads_only_to(
                    sight,
                    &["CN=Entrust Root Certification Authority", "CN=Entrust.net", "CN=AffirmTrust"],
                )
        },
    },
    PublicEvent {
        id: "chunghwa-netlock-distrust",
        title: "Chrome trusts no certificate of Chunghwa Telecom or Netlock issued after 2025-07-31",
        text: "Chrome refuses what these authorities issued after July 2025. Renew with another authority.",
        date: date!(2025 - 08 - 01),
        from: date!(2025 - 06 - 01),
        until: date!(2028 - 01 - 01),
        source: "https://security.googleblog.com/2025/05/sustaining-digital-certificate-security-chrome-root-store-changes.html",
        scope: Scope::TlsServer,
        is_alert: true,
        concerns: |sight| {
            begins_after(sight, date!(2025 - 07 - 31))
                && leads_only_to(
                    sight,
                    &[
                        "OU=ePKI Root Certification Authority,O=Chunghwa Telecom",
                        "CN=HiPKI Root CA",
                        "CN=NetLock Arany",
                    ],
                )
        },
    },
    PublicEvent {
        id: "digicert-older-roots",
        title: "Chrome trusts no certificate under DigiCert's Assured ID G2, G3 and Trusted Root G4 issued from 2026-07-01",
        text: "Chrome refuses what was issued under these roots from July 2026 on. Ask DigiCert for a chain to one of \
               its roots for TLS, and renew.",
        date: date!(2026 - 07 - 01),
        from: date!(2026 - 04 - 01),
        until: date!(2028 - 07 - 01),
        source: "Chrome Root Program Policy 1.8",
        scope: Scope::TlsServer,
        is_alert: true,
        concerns: |sight| {
            begins_after(sight, date!(2026 - 06 - 30))
                && leads_only_to(
                    sight,
                    &[
                        "CN=DigiCert Assured ID Root G2,",
                        "CN=DigiCert Assured ID Root G3,",
                        "CN=DigiCert Trusted Root G4,",
                    ],
                )
        },
    },
    PublicEvent {
        id: "buypass-end-of-tls",
        title: "Buypass issues no TLS certificates since 2025-10-31",
        text: "This certificate cannot be renewed where it was issued. Choose another authority before it ends.",
        date: date!(2025 - 10 - 31),
        from: date!(2025 - 07 - 01),
        until: date!(2026 - 12 - 31),
        source: "Buypass, end of TLS certificates",
        scope: Scope::TlsServer,
        is_alert: false,
        concerns: |sight| is_of(sight, &["Buypass AS-983163327", "Buypass AS"]),
    },
    PublicEvent {
        id: "csc31-460-days",
        title: "Code signing certificates live at most 460 days since 2026-03-01",
        text: "The next certificate for signing code lives at most 460 days. Plan its renewal, and that of what is \
               bound to the key, for every year.",
        date: date!(2026 - 03 - 01),
        from: date!(2025 - 12 - 01),
        until: date!(2027 - 06 - 01),
        source: "CA/Browser Forum ballot CSC-31",
        scope: Scope::CodeSigning,
        is_alert: false,
        concerns: |sight| outlives(sight, 460),
    },
    PublicEvent {
        id: "sc097-sha1",
        title: "Public authorities use no SHA-1 signature any more since 2026-09-15",
        text: "A certificate of this chain is signed with SHA-1. Renew, and ask the authority for a chain without it.",
        date: date!(2026 - 09 - 15),
        from: date!(2026 - 06 - 15),
        until: date!(2027 - 09 - 15),
        source: "CA/Browser Forum ballot SC-097",
        scope: Scope::TlsServer,
        is_alert: false,
        concerns: |sight| {
            let issuers = sight.chain.rest.iter().map(AsRef::as_ref).filter(|issuer| !issuer.is_self_issued);
            let mut signatures = issuers.chain([&*sight.chain.leaf]).map(|signed| signed.signature_algorithm.as_str());
            signatures.any(|name| name == "sha1WithRSAEncryption" || name == "ecdsa-with-SHA1")
        },
    },
    PublicEvent {
        id: "chrome-two-roots",
        title: "Chrome keeps at most two roots of each owner from 2027-09-15",
        text: "Authorities will issue under fewer roots, and the next renewal may come under another one. Do not pin \
               roots or intermediates; clients with a trust store of their own need the new roots before.",
        date: date!(2027 - 09 - 15),
        from: date!(2027 - 06 - 15),
        until: date!(2027 - 10 - 15),
        source: "Chrome Root Program Policy 1.8",
        scope: Scope::TlsServer,
        is_alert: false,
        concerns: |_| true,
    },
    PublicEvent {
        id: "gts-globalsign-cross-sign",
        title: "The cross-sign of GTS Root R1 by GlobalSign ends on 2028-01-28",
        text: "Clients that know no root of Google (Android before 2017 and other old devices) trust this chain by the \
               cross-sign only, and fail after that day.",
        date: date!(2028 - 01 - 28),
        from: date!(2027 - 10 - 28),
        until: date!(2028 - 02 - 28),
        source: "Google Trust Services, repository of certificates",
        scope: Scope::TlsServer,
        is_alert: false,
        concerns: |sight| {
            let issuers = sight.chain.rest.iter();
            issuers.clone().any(|issuer| {
                issuer.subject.starts_with("CN=GTS Root R1,") && issuer.issuer.starts_with("CN=GlobalSign Root CA,")
            })
        },
    },
    PublicEvent {
        id: "letsencrypt-tlsserver-45-days",
        title: "Let's Encrypt: certificates of the profile `tlsserver` live 45 days since 2026-05-13",
        text: "A client with this profile that renews at a fixed age must renew earlier: at two thirds of the lifetime, \
               or as the CA's renewal information says.",
        date: date!(2026 - 05 - 13),
        from: date!(2026 - 02 - 13),
        until: date!(2026 - 08 - 31),
        source: "https://letsencrypt.org/docs/profiles/",
        scope: Scope::TlsServer,
        is_alert: false,
        concerns: |sight| {
            let is_client = sight.chain.leaf.usages.iter().any(|usage| usage == "clientAuth");
            is_of(sight, &["Let's Encrypt"]) && outlives(sight, 45) && !is_client
        },
    },
];
