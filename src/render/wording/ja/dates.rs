//! Japanese, of dates without a certificate.

use super::Japanese;
use super::forms::{in_zone, whole_moment};
use crate::certificate::DateOf;
use crate::render::wording::dates::{DateChange, Dates};
use crate::render::wording::full_width::before;
use crate::render::wording::{End, Left};

impl Dates for Japanese {
    fn date_subject(&self, of: DateOf, name: &str, date: &str, is_expired: bool) -> String {
        let what = match of {
            DateOf::PolicyFile => "",
            DateOf::Registration => "ドメイン登録の",
        };
        if is_expired {
            format!("{name}：{what}期限は {date} に切れました")
        } else {
            format!("{name}：{what}期限は {date} です")
        }
    }

    fn date_opening(&self, of: DateOf, end: &End<'_>) -> String {
        let End { name, left, clock, at } = end;
        let (name, when) = (before(name), whole_moment(*clock, *at));
        let what = match of {
            DateOf::PolicyFile => "の期限は",
            DateOf::Registration => "のドメイン登録の期限は",
        };
        match left {
            Left::PastHours(_) | Left::PastDays(_) => format!("{name}{what} {when}に切れました。"),
            Left::Days(_) | Left::Hours(_) => format!("{name}{what} {when}です。"),
        }
    }

    fn date_to_do(&self, of: DateOf) -> &'static str {
        match of {
            DateOf::PolicyFile => "対応：更新し、ポリシーファイルに新しい日付を記入してください。",
            DateOf::Registration => "対応：レジストラでドメインの登録を更新してください。",
        }
    }

    fn date_to_do_there(&self, of: DateOf) -> &'static str {
        match of {
            DateOf::PolicyFile => "更新し、ポリシーファイルに新しい日付を記入してください",
            DateOf::Registration => "レジストラでドメインの登録を更新してください",
        }
    }

    fn about_the_date(&self, of: DateOf) -> &'static str {
        match of {
            DateOf::PolicyFile => "期限の情報",
            DateOf::Registration => "ドメイン登録の情報",
        }
    }

    fn date_headline(&self, change: &DateChange<'_>) -> String {
        let date = change.clock.iso_date(change.new);
        let what = match change.of {
            DateOf::PolicyFile => "",
            DateOf::Registration => "ドメイン登録の",
        };
        if change.is_earlier() {
            format!("{what}期限が {date} に早まりました")
        } else {
            format!("{what}期限が {date} まで延長されました")
        }
    }

    fn date_changed(&self, change: &DateChange<'_>) -> Vec<String> {
        let DateChange { of, name, old, new, clock } = change;
        let (name, end) = (before(name), in_zone(*clock, *new));
        let (what, source) = match of {
            DateOf::PolicyFile => ("", "ポリシーファイル"),
            DateOf::Registration => ("ドメイン登録の", "レジストリの登録情報"),
        };
        let how = if change.is_earlier() { "早まりました" } else { "延長されました" };
        let first = format!("{name}の{what}期限が{how}。{source}によると、期限は {end}です。");
        let before = old.map(|old| format!("変更前の期限は {}でした。", in_zone(*clock, old)));
        std::iter::once(first).chain(before).collect()
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
