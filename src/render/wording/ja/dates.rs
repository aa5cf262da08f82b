//! Japanese, of dates without a certificate.

use super::Japanese;
use super::forms::{in_zone, whole_moment};
use crate::certificate::DateOf;
use crate::render::wording::dates::{DateChange, Dates};
use crate::render::wording::full_width::before;
use crate::render::wording::{Description, End};

impl Dates for Japanese {
    fn date_subject(&self, of: DateOf, name: &str, date: &str, is_expired: bool) -> String {
        let state = if is_expired { "に切れました" } else { "です" };
        format!("{name}：{}期限は {date} {state}", what(of))
    }

    fn date_opening(&self, of: DateOf, end: &End<'_>) -> String {
        let (name, when) = (before(end.name), whole_moment(end.clock, end.at));
        let state = if end.left.is_past() { "に切れました" } else { "です" };
        format!("{name}の{}期限は {when}{state}。", what(of))
    }

    fn date_changed(&self, change: &DateChange<'_>) -> Description {
        let DateChange { of, name, old, new, clock } = change;
        let (name, what, date, end) = (before(name), what(*of), clock.iso_date(*new), in_zone(*clock, *new));
        let source = match of {
            DateOf::PolicyFile => "ポリシーファイル",
            DateOf::Registration => "レジストリの登録情報",
        };
        let (until, how) =
            if change.is_earlier() { ("に", "早まりました") } else { ("まで", "延長されました") };
        let first = format!("{name}の{what}期限が{how}。{source}によると、期限は {end}です。");
        let before = old.map(|old| format!("変更前の期限は {}でした。", in_zone(*clock, old)));
        Description::new(format!("{what}期限が {date} {until}{how}"), first).and(before)
    }

    fn for_dates(&self, text: &str) -> String {
        for title in ["期限通知", "お知らせ"] {
            if let Some(rest) = text.strip_prefix("証明書の").and_then(|rest| rest.strip_prefix(title)) {
                return format!("{title}{rest}");
            }
        }
        text.replace("対応が必要な証明書", "対応が必要な期限")
    }
}

/// Before `期限`.
const fn what(of: DateOf) -> &'static str {
    match of {
        DateOf::PolicyFile => "",
        DateOf::Registration => "ドメイン登録の",
    }
}
