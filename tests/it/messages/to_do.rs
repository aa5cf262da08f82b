//! What messages ask for.

use certnotify::cause::{FailureCause, FileCause, FileRole, ReadError, SystemError, SystemErrorKind};
use certnotify::event::{Detail, EventKind, FindingId, Occurrence};

use super::occurrence_kinds::{chinese, english, japanese, mail, occurrence, wrong};
use crate::support::unwrapped;

#[test]
fn several_faults_of_one_certificate_ask_for_one_thing() {
    let faults = [FindingId::KeyMismatch, FindingId::WeakKey].map(wrong);
    for (world, asks, accept) in [
        (english(), "To do: put a certificate without these faults in place", "key-mismatch, weak-key"),
        (chinese(), "请处理：将没有这些问题的证书部署", "key-mismatch、"),
        (japanese(), "対応：これらの問題のない証明書を", "key-mismatch、"),
    ] {
        let text = mail(&world, &[], &faults).text;
        let begin = asks.split_once('：').map_or("To do:", |(begin, _)| begin);
        assert!(text.contains(asks) && text.contains(accept) && text.matches(begin).count() == 1, "{text}");
    }
    let text = mail(&english(), &[], &[wrong(FindingId::ChainIncomplete), wrong(FindingId::WeakKey)]).text;
    assert_eq!(text.matches("To do:").count(), 2, "{text}");
}

#[test]
fn of_a_file_that_is_not_there_no_reading_is_asked() {
    let error = SystemError { kind: SystemErrorKind::NotFound, said: "no such file or directory".to_owned() };
    let (role, error) = (FileRole::Target, ReadError::System(error));
    let cause: FailureCause = FileCause::Unreadable { role, path: "/etc/tls/www.pem".to_owned(), error }.into();
    let gone =
        occurrence(EventKind::Anomaly, Detail::FindingOpened { finding: FindingId::Unreadable, message: cause.into() });
    let never_there = Occurrence { certificate: None, ..gone.clone() };
    for (world, of_gone, of_never_there) in [
        (english(), "To do: put it back if anything still uses it", "To do: put the file there, or correct its path"),
        (chinese(), "请处理：恢复该证书", "请处理：将文件放到该处"),
        (japanese(), "対応：使用中であれば証明書を元に戻し", "対応：この場所にファイルを置くか"),
    ] {
        for (occurrence, asks) in [(&gone, of_gone), (&never_there, of_never_there)] {
            let text = unwrapped(&mail(&world, &[], std::slice::from_ref(occurrence)).text);
            assert!(text.contains(asks), "{text}");
        }
    }
}
