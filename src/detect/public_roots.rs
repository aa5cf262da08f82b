//! The roots that browsers trust for TLS servers, with the age of their keys. Subjects and dates are those of the
//! certificates in Mozilla's programme, as the crate `webpki-roots` 1.0.10 has them.

use time::Date;
use time::macros::date;

/// Subject (RFC 4514) and start of validity, sorted by subject.
static ROOTS: [(&str, Date); 120] = [
    ("C=DE,O=Atos,CN=Atos TrustedRoot Root CA ECC TLS 2021", date!(2021 - 04 - 22)),
    ("C=DE,O=Atos,CN=Atos TrustedRoot Root CA RSA TLS 2021", date!(2021 - 04 - 22)),
    ("C=ES,O=ACCV,OU=PKIACCV,CN=ACCVRAIZ1", date!(2011 - 05 - 05)),
    (
        "CN=AC RAIZ FNMT-RCM SERVIDORES SEGUROS,organizationIdentifier=VATES-Q2826004J,OU=Ceres,O=FNMT-RCM,C=ES",
        date!(2018 - 12 - 20),
    ),
    (
        "CN=ANF Secure Server Root CA,OU=ANF CA Raiz,O=ANF Autoridad de Certificacion,C=ES,serialNumber=G63287510",
        date!(2019 - 09 - 04),
    ),
    ("CN=Actalis Authentication Root CA,O=Actalis S.p.A./03358520967,L=Milan,C=IT", date!(2011 - 09 - 22)),
    ("CN=Amazon Root CA 1,O=Amazon,C=US", date!(2015 - 05 - 26)),
    ("CN=Amazon Root CA 2,O=Amazon,C=US", date!(2015 - 05 - 26)),
    ("CN=Amazon Root CA 3,O=Amazon,C=US", date!(2015 - 05 - 26)),
    ("CN=Amazon Root CA 4,O=Amazon,C=US", date!(2015 - 05 - 26)),
    ("CN=Autoridad de Certificacion Firmaprofesional CIF A62634068,C=ES", date!(2014 - 09 - 23)),
    ("CN=BJCA Global Root CA1,O=BEIJING CERTIFICATE AUTHORITY,C=CN", date!(2019 - 12 - 19)),
    ("CN=BJCA Global Root CA2,O=BEIJING CERTIFICATE AUTHORITY,C=CN", date!(2019 - 12 - 19)),
    ("CN=Buypass Class 2 Root CA,O=Buypass AS-983163327,C=NO", date!(2010 - 10 - 26)),
    ("CN=Buypass Class 3 Root CA,O=Buypass AS-983163327,C=NO", date!(2010 - 10 - 26)),
    ("CN=CA Disig Root R2,O=Disig a.s.,L=Bratislava,C=SK", date!(2012 - 07 - 19)),
    ("CN=CFCA EV ROOT,O=China Financial Certification Authority,C=CN", date!(2012 - 08 - 08)),
    (
        "CN=COMODO ECC Certification Authority,O=COMODO CA Limited,L=Salford,ST=Greater Manchester,C=GB",
        date!(2008 - 03 - 06),
    ),
    (
        "CN=COMODO RSA Certification Authority,O=COMODO CA Limited,L=Salford,ST=Greater Manchester,C=GB",
        date!(2010 - 01 - 19),
    ),
    ("CN=Certainly Root E1,O=Certainly,C=US", date!(2021 - 04 - 01)),
    ("CN=Certainly Root R1,O=Certainly,C=US", date!(2021 - 04 - 01)),
    ("CN=Certigna Root CA,OU=0002 48146308100036,O=Dhimyotis,C=FR", date!(2013 - 10 - 01)),
    ("CN=Certum EC-384 CA,OU=Certum Certification Authority,O=Asseco Data Systems S.A.,C=PL", date!(2018 - 03 - 26)),
    (
        "CN=Certum Trusted Network CA 2,OU=Certum Certification Authority,O=Unizeto Technologies S.A.,C=PL",
        date!(2011 - 10 - 06),
    ),
    (
        "CN=Certum Trusted Network CA,OU=Certum Certification Authority,O=Unizeto Technologies S.A.,C=PL",
        date!(2008 - 10 - 22),
    ),
    (
        "CN=Certum Trusted Root CA,OU=Certum Certification Authority,O=Asseco Data Systems S.A.,C=PL",
        date!(2018 - 03 - 16),
    ),
    ("CN=D-TRUST BR Root CA 1 2020,O=D-Trust GmbH,C=DE", date!(2020 - 02 - 11)),
    ("CN=D-TRUST BR Root CA 2 2023,O=D-Trust GmbH,C=DE", date!(2023 - 05 - 09)),
    ("CN=D-TRUST EV Root CA 1 2020,O=D-Trust GmbH,C=DE", date!(2020 - 02 - 11)),
    ("CN=D-TRUST EV Root CA 2 2023,O=D-Trust GmbH,C=DE", date!(2023 - 05 - 09)),
    ("CN=D-TRUST Root Class 3 CA 2 2009,O=D-Trust GmbH,C=DE", date!(2009 - 11 - 05)),
    ("CN=D-TRUST Root Class 3 CA 2 EV 2009,O=D-Trust GmbH,C=DE", date!(2009 - 11 - 05)),
    ("CN=DigiCert Assured ID Root G2,OU=www.digicert.com,O=DigiCert Inc,C=US", date!(2013 - 08 - 01)),
    ("CN=DigiCert Assured ID Root G3,OU=www.digicert.com,O=DigiCert Inc,C=US", date!(2013 - 08 - 01)),
    ("CN=DigiCert Global Root G2,OU=www.digicert.com,O=DigiCert Inc,C=US", date!(2013 - 08 - 01)),
    ("CN=DigiCert Global Root G3,OU=www.digicert.com,O=DigiCert Inc,C=US", date!(2013 - 08 - 01)),
    ("CN=DigiCert TLS ECC P384 Root G5,O=DigiCert\\, Inc.,C=US", date!(2021 - 01 - 15)),
    ("CN=DigiCert TLS RSA4096 Root G5,O=DigiCert\\, Inc.,C=US", date!(2021 - 01 - 15)),
    ("CN=DigiCert Trusted Root G4,OU=www.digicert.com,O=DigiCert Inc,C=US", date!(2013 - 08 - 01)),
    ("CN=GDCA TrustAUTH R5 ROOT,O=GUANG DONG CERTIFICATE AUTHORITY CO.\\,LTD.,C=CN", date!(2014 - 11 - 26)),
    ("CN=GTS Root R1,O=Google Trust Services LLC,C=US", date!(2016 - 06 - 22)),
    ("CN=GTS Root R3,O=Google Trust Services LLC,C=US", date!(2016 - 06 - 22)),
    ("CN=GTS Root R4,O=Google Trust Services LLC,C=US", date!(2016 - 06 - 22)),
    ("CN=GlobalSign Root E46,O=GlobalSign nv-sa,C=BE", date!(2019 - 03 - 20)),
    ("CN=GlobalSign Root R46,O=GlobalSign nv-sa,C=BE", date!(2019 - 03 - 20)),
    ("CN=GlobalSign,O=GlobalSign,OU=GlobalSign ECC Root CA - R4", date!(2012 - 11 - 13)),
    ("CN=GlobalSign,O=GlobalSign,OU=GlobalSign ECC Root CA - R5", date!(2012 - 11 - 13)),
    ("CN=GlobalSign,O=GlobalSign,OU=GlobalSign Root CA - R3", date!(2009 - 03 - 18)),
    ("CN=GlobalSign,O=GlobalSign,OU=GlobalSign Root CA - R6", date!(2014 - 12 - 10)),
    (
        "CN=Go Daddy Root Certificate Authority - G2,O=GoDaddy.com\\, Inc.,L=Scottsdale,ST=Arizona,C=US",
        date!(2009 - 09 - 01),
    ),
    ("CN=HARICA TLS ECC Root CA 2021,O=Hellenic Academic and Research Institutions CA,C=GR", date!(2021 - 02 - 19)),
    ("CN=HARICA TLS RSA Root CA 2021,O=Hellenic Academic and Research Institutions CA,C=GR", date!(2021 - 02 - 19)),
    (
        "CN=Hellenic Academic and Research Institutions ECC RootCA 2015,O=Hellenic Academic and Research Institutions Cert. Authority,L=Athens,C=GR",
        date!(2015 - 07 - 07),
    ),
    (
        "CN=Hellenic Academic and Research Institutions RootCA 2015,O=Hellenic Academic and Research Institutions Cert. Authority,L=Athens,C=GR",
        date!(2015 - 07 - 07),
    ),
    ("CN=HiPKI Root CA - G1,O=Chunghwa Telecom Co.\\, Ltd.,C=TW", date!(2019 - 02 - 22)),
    ("CN=Hongkong Post Root CA 3,O=Hongkong Post,L=Hong Kong,ST=Hong Kong,C=HK", date!(2017 - 06 - 03)),
    ("CN=ISRG Root X1,O=Internet Security Research Group,C=US", date!(2015 - 06 - 04)),
    ("CN=ISRG Root X2,O=Internet Security Research Group,C=US", date!(2020 - 09 - 04)),
    ("CN=IdenTrust Commercial Root CA 1,O=IdenTrust,C=US", date!(2014 - 01 - 16)),
    ("CN=IdenTrust Public Sector Root CA 1,O=IdenTrust,C=US", date!(2014 - 01 - 16)),
    ("CN=Izenpe.com,O=IZENPE S.A.,C=ES", date!(2007 - 12 - 13)),
    ("CN=Microsoft ECC Root Certificate Authority 2017,O=Microsoft Corporation,C=US", date!(2019 - 12 - 18)),
    ("CN=Microsoft RSA Root Certificate Authority 2017,O=Microsoft Corporation,C=US", date!(2019 - 12 - 18)),
    ("CN=NAVER Global Root Certification Authority,O=NAVER BUSINESS PLATFORM Corp.,C=KR", date!(2017 - 08 - 18)),
    (
        "CN=NetLock Arany (Class Gold) Főtanúsítvány,OU=Tanúsítványkiadók (Certification Services),O=NetLock Kft.,L=Budapest,C=HU",
        date!(2008 - 12 - 11),
    ),
    ("CN=OISTE Server Root ECC G1,O=OISTE Foundation,C=CH", date!(2023 - 05 - 31)),
    ("CN=OISTE Server Root RSA G1,O=OISTE Foundation,C=CH", date!(2023 - 05 - 31)),
    ("CN=OISTE WISeKey Global Root GB CA,OU=OISTE Foundation Endorsed,O=WISeKey,C=CH", date!(2014 - 12 - 01)),
    ("CN=OISTE WISeKey Global Root GC CA,OU=OISTE Foundation Endorsed,O=WISeKey,C=CH", date!(2017 - 05 - 09)),
    ("CN=QuoVadis Root CA 1 G3,O=QuoVadis Limited,C=BM", date!(2012 - 01 - 12)),
    ("CN=QuoVadis Root CA 2 G3,O=QuoVadis Limited,C=BM", date!(2012 - 01 - 12)),
    ("CN=QuoVadis Root CA 3 G3,O=QuoVadis Limited,C=BM", date!(2012 - 01 - 12)),
    ("CN=SECOM TLS ECC Root CA 2024,O=SECOM Trust Systems Co.\\, Ltd.,C=JP", date!(2024 - 01 - 31)),
    ("CN=SECOM TLS RSA Root CA 2024,O=SECOM Trust Systems Co.\\, Ltd.,C=JP", date!(2024 - 01 - 31)),
    ("CN=SSL.com EV Root Certification Authority ECC,O=SSL Corporation,L=Houston,ST=Texas,C=US", date!(2016 - 02 - 12)),
    (
        "CN=SSL.com EV Root Certification Authority RSA R2,O=SSL Corporation,L=Houston,ST=Texas,C=US",
        date!(2017 - 05 - 31),
    ),
    ("CN=SSL.com Root Certification Authority ECC,O=SSL Corporation,L=Houston,ST=Texas,C=US", date!(2016 - 02 - 12)),
    ("CN=SSL.com Root Certification Authority RSA,O=SSL Corporation,L=Houston,ST=Texas,C=US", date!(2016 - 02 - 12)),
    ("CN=SSL.com TLS ECC Root CA 2022,O=SSL Corporation,C=US", date!(2022 - 08 - 25)),
    ("CN=SSL.com TLS RSA Root CA 2022,O=SSL Corporation,C=US", date!(2022 - 08 - 25)),
    ("CN=SZAFIR ROOT CA2,O=Krajowa Izba Rozliczeniowa S.A.,C=PL", date!(2015 - 10 - 19)),
    ("CN=Sectigo Public Server Authentication Root E46,O=Sectigo Limited,C=GB", date!(2021 - 03 - 22)),
    ("CN=Sectigo Public Server Authentication Root R46,O=Sectigo Limited,C=GB", date!(2021 - 03 - 22)),
    ("CN=SecureSign Root CA14,O=Cybertrust Japan Co.\\, Ltd.,C=JP", date!(2020 - 04 - 08)),
    ("CN=SecureSign Root CA15,O=Cybertrust Japan Co.\\, Ltd.,C=JP", date!(2020 - 04 - 08)),
    ("CN=Security Communication ECC RootCA1,O=SECOM Trust Systems CO.\\,LTD.,C=JP", date!(2016 - 06 - 16)),
    (
        "CN=Starfield Root Certificate Authority - G2,O=Starfield Technologies\\, Inc.,L=Scottsdale,ST=Arizona,C=US",
        date!(2009 - 09 - 01),
    ),
    (
        "CN=Starfield Services Root Certificate Authority - G2,O=Starfield Technologies\\, Inc.,L=Scottsdale,ST=Arizona,C=US",
        date!(2009 - 09 - 01),
    ),
    ("CN=SwissSign RSA TLS Root CA 2022 - 1,O=SwissSign AG,C=CH", date!(2022 - 06 - 08)),
    (
        "CN=T-TeleSec GlobalRoot Class 2,OU=T-Systems Trust Center,O=T-Systems Enterprise Services GmbH,C=DE",
        date!(2008 - 10 - 01),
    ),
    (
        "CN=T-TeleSec GlobalRoot Class 3,OU=T-Systems Trust Center,O=T-Systems Enterprise Services GmbH,C=DE",
        date!(2008 - 10 - 01),
    ),
    (
        "CN=TUBITAK Kamu SM SSL Kok Sertifikasi - Surum 1,OU=Kamu Sertifikasyon Merkezi - Kamu SM,O=Turkiye Bilimsel ve Teknolojik Arastirma Kurumu - TUBITAK,L=Gebze - Kocaeli,C=TR",
        date!(2013 - 11 - 25),
    ),
    ("CN=TWCA CYBER Root CA,OU=Root CA,O=TAIWAN-CA,C=TW", date!(2022 - 11 - 22)),
    ("CN=TWCA Global Root CA,OU=Root CA,O=TAIWAN-CA,C=TW", date!(2012 - 06 - 27)),
    ("CN=TWCA Root Certification Authority,OU=Root CA,O=TAIWAN-CA,C=TW", date!(2008 - 08 - 28)),
    ("CN=Telekom Security TLS ECC Root 2020,O=Deutsche Telekom Security GmbH,C=DE", date!(2020 - 08 - 25)),
    ("CN=Telekom Security TLS RSA Root 2023,O=Deutsche Telekom Security GmbH,C=DE", date!(2023 - 03 - 28)),
    ("CN=Telia EC TLS Root CA v3,O=Telia Company AB,C=SE", date!(2023 - 11 - 15)),
    ("CN=Telia RSA TLS Root CA v3,O=Telia Company AB,C=SE", date!(2023 - 11 - 15)),
    ("CN=Telia Root CA v2,O=Telia Finland Oyj,C=FI", date!(2018 - 11 - 29)),
    ("CN=TrustAsia Global Root CA G3,O=TrustAsia Technologies\\, Inc.,C=CN", date!(2021 - 05 - 20)),
    ("CN=TrustAsia Global Root CA G4,O=TrustAsia Technologies\\, Inc.,C=CN", date!(2021 - 05 - 20)),
    ("CN=TrustAsia TLS ECC Root CA,O=TrustAsia Technologies\\, Inc.,C=CN", date!(2024 - 05 - 15)),
    ("CN=TrustAsia TLS RSA Root CA,O=TrustAsia Technologies\\, Inc.,C=CN", date!(2024 - 05 - 15)),
    ("CN=TunTrust Root CA,O=Agence Nationale de Certification Electronique,C=TN", date!(2019 - 04 - 26)),
    ("CN=UCA Extended Validation Root,O=UniTrust,C=CN", date!(2015 - 03 - 13)),
    ("CN=UCA Global G2 Root,O=UniTrust,C=CN", date!(2016 - 03 - 11)),
    (
        "CN=USERTrust ECC Certification Authority,O=The USERTRUST Network,L=Jersey City,ST=New Jersey,C=US",
        date!(2010 - 02 - 01),
    ),
    (
        "CN=USERTrust RSA Certification Authority,O=The USERTRUST Network,L=Jersey City,ST=New Jersey,C=US",
        date!(2010 - 02 - 01),
    ),
    (
        "CN=e-Szigno Root CA 2017,organizationIdentifier=VATHU-23584497,O=Microsec Ltd.,L=Budapest,C=HU",
        date!(2017 - 08 - 22),
    ),
    (
        "CN=e-Szigno TLS Root CA 2023,organizationIdentifier=VATHU-23584497,O=Microsec Ltd.,L=Budapest,C=HU",
        date!(2023 - 07 - 17),
    ),
    ("CN=emSign ECC Root CA - C3,O=eMudhra Inc,OU=emSign PKI,C=US", date!(2018 - 02 - 18)),
    ("CN=emSign Root CA - C1,O=eMudhra Inc,OU=emSign PKI,C=US", date!(2018 - 02 - 18)),
    ("CN=emSign Root CA - G1,O=eMudhra Technologies Limited,OU=emSign PKI,C=IN", date!(2018 - 02 - 18)),
    ("CN=vTrus ECC Root CA,O=iTrusChina Co.\\,Ltd.,C=CN", date!(2018 - 07 - 31)),
    ("CN=vTrus Root CA,O=iTrusChina Co.\\,Ltd.,C=CN", date!(2018 - 07 - 31)),
    ("OU=AC RAIZ FNMT-RCM,O=FNMT-RCM,C=ES", date!(2008 - 10 - 29)),
    ("OU=Security Communication RootCA2,O=SECOM Trust Systems CO.\\,LTD.,C=JP", date!(2009 - 05 - 29)),
    ("OU=certSIGN ROOT CA G2,O=CERTSIGN SA,C=RO", date!(2017 - 02 - 06)),
    (
        "emailAddress=info@e-szigno.hu,CN=Microsec e-Szigno Root CA 2009,O=Microsec Ltd.,L=Budapest,C=HU",
        date!(2009 - 06 - 16),
    ),
];

/// Since when the root of this subject has its key; none where browsers trust no root of that name.
pub(super) fn key_since(subject: &str) -> Option<Date> {
    let index = ROOTS.binary_search_by(|(known, _)| (*known).cmp(subject)).ok()?;
    Some(ROOTS[index].1)
}

/// The subjects of all.
pub(super) fn subjects() -> impl Iterator<Item = &'static str> {
    ROOTS.iter().map(|(subject, _)| *subject)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_roots_are_sorted_and_none_stands_twice() {
        assert!(ROOTS.is_sorted_by(|one, next| one.0 < next.0));
        assert_eq!(key_since("CN=ISRG Root X1,O=Internet Security Research Group,C=US"), Some(date!(2015 - 06 - 04)));
        assert_eq!(key_since("CN=ISRG Root X1"), None);
    }
}
