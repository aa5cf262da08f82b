//! Japanese sentences with names or numbers in them.

use super::Japanese;
use super::forms::{expires, span};
use crate::event::Evidence;
use crate::render::wording::full_width::before;
use crate::render::wording::sentences::{Counted, Held, Recipients, Remark, Sentence, Sentences, Until};

impl Sentences for Japanese {
    fn remark(&self, remark: Remark<'_>) -> String {
        use Remark as R;
        match remark {
            R::State { stamp, is_expired: true } => format!("{stamp} に期限切れ"),
            R::State { stamp, .. } => format!("有効期限 {stamp}"),
            R::Valid { from, to, zone, lifetime } => {
                let lifetime = span(lifetime);
                let ending = if lifetime.ends_with('日') { "間" } else { "" };
                format!("{from} ～ {to}（{zone}、{lifetime}{ending}）")
            }
            R::ValidWithoutEnd { from } => format!("{from} から、有効期限なし"),
            R::Limited { by, is_metadata: true, own_end } => format!(
                "この期限は、{by} の SAML メタデータの有効期限（validUntil）によるもので、以降はその中の鍵が使われなくなります。{}\
                 提供元が公開している新しいメタデータに差し替えてください。",
                own(own_end)
            ),
            R::Limited { by, is_metadata: false, own_end } => format!(
                "この期限は、証明書チェーンの中間証明書 {by} によるもので、ほかに有効な経路はありません。{}\
                 チェーンの中間証明書を認証局の新しいものに差し替えるか、証明書を更新してください。",
                own(own_end)
            ),
            R::Superseded { place, end, is_one_of_several } => {
                let (end, this) = (expires(end), if is_one_of_several { "この項目" } else { "このファイル" });
                format!("{place} に新しい証明書（{end}）があります。ここに配置するか、{this}を削除してください。")
            }
            R::StillServed { places, seen } => format!("{}でまだ使用中です（{seen} 確認）。", before(places)),
            R::NotReached { since, reason } => {
                let reason = reason.map(|reason| format!("（{reason}）")).unwrap_or_default();
                format!("{since} 以降は確認できていません{reason}。有効期限は最後の確認時のものです。")
            }
            R::LeftOut { covered, left_out } => {
                let lacks = if covered.is_empty() {
                    format!("{left_out} が含まれていません")
                } else {
                    format!("{covered} が含まれますが、{left_out} は含まれていません")
                };
                format!("新しい証明書には {lacks}。この証明書を更新するか、該当するホスト名の使用をやめてください。")
            }
            R::Capped { asked, lifetime, percent, lead } => {
                let share = if percent == 50 { "半分".to_owned() } else { format!(" {percent}% ") };
                format!(
                    "ポリシーの設定は {}前からの通知ですが、この証明書の有効期間は {}のため、その{share}にあたる {}前から通知します。",
                    span(asked),
                    span(lifetime),
                    span(lead)
                )
            }
            R::Late { client, due, late_from, log } => {
                let client = client.map(|client| format!("（{client}）")).unwrap_or_default();
                let log = log.map(|log| format!("{log} を確認してください。")).unwrap_or_default();
                format!("自動更新{client}は{due}までの予定でしたが完了せず、{late_from}から遅延と判定しています。{log}")
            }
            R::NotInUse { name, is_predecessor: true } => {
                format!("{}の証明書は更新されましたが、以前の証明書がまだ使われています。", before(name))
            }
            R::NotInUse { name, .. } => {
                format!("{}の証明書を使うべき場所で、別の証明書が使われています。", before(name))
            }
            R::ServedInstead { endpoint, serial, end } => {
                format!("{endpoint} の証明書の有効期限は {end} です（シリアル番号 {serial}）。")
            }
            R::NewWithout { faults } => format!("新しい証明書では次の問題を解消してください：{faults}。"),
            R::WhyNow { why } => format!("今回の理由：{why}。"),
            R::ReallyLeft { why, left } => format!("{why}（現在の残りは {}）", span(left).trim_end()),
            R::Became { date, is_renewed: true } => format!("{date} に更新済み"),
            R::Became { date, .. } => format!("{date} から監視対象外"),
        }
    }

    fn say(&self, sentence: Sentence<'_>) -> String {
        use Sentence as S;
        match sentence {
            S::OnMachine { places, machine } => format!("ホスト {machine} の {places}"),
            S::FilesOn { machine } => format!("ファイルはホスト {machine} にあります。"),
            S::Attached { file } => format!("同じ一覧を、表計算ソフトで開ける {file} として添付しています。"),
            S::OtherPolicies { more } => format!("ほかに {more} 通りの設定があります。次のコマンドで確認できます："),
            S::Ordinal { nth, of, previous: Some(day) } => {
                let nth = match of {
                    Counted::BeforeTheEnd => format!("今回は {nth} 回目の通知です"),
                    Counted::SinceTheEnd => format!("今回は期限切れ後 {nth} 回目の通知です"),
                    Counted::OfItsKind => format!("この種類の通知は今回が {nth} 回目です"),
                };
                format!("{nth}（前回は{day}）。")
            }
            S::Ordinal { of, previous: None, .. } => match of {
                Counted::BeforeTheEnd => "今回が初回の通知です。".to_owned(),
                Counted::SinceTheEnd => "今回が期限切れ後の初回の通知です。".to_owned(),
                Counted::OfItsKind => "この種類の通知は今回が初回です。".to_owned(),
            },
            S::Next { day: Some(day), until: Until::InUse } => {
                format!("次回の通知：{day}。この証明書が使われると止まります。")
            }
            S::Next { day: Some(day), .. } => format!("次回の通知：{day}、更新されると停止。"),
            S::Next { day: None, .. } => "この種類の通知は今回で終わりです。".to_owned(),
            S::More { count } => format!("ほか {count} 件は上の件数に含み、次回の実行時に通知します。"),
            S::Footer { version, machine, file } => format!("certnotify {version}、ホスト {machine}、{file}"),
            S::Test { contact, channel } => format!(
                "これはテスト通知です。{contact} が {channel} で通知を受け取れることを確認するもので、実際の証明書に関する内容ではありません。"
            ),
            S::Evidence { evidence: Evidence::Observed, .. } => "根拠：certnotify による確認。".to_owned(),
            S::Evidence { evidence: Evidence::Reported { by }, .. } => format!("根拠：{by} からの報告。"),
            S::Evidence { evidence: Evidence::Derived, .. } => "根拠：有効期限からの算出。".to_owned(),
            S::Known { evidence: Evidence::Observed, seen } => format!("certnotify が確認（{seen}）"),
            S::Known { evidence: Evidence::Reported { by }, seen } => format!("{by} からの報告（{seen}）"),
            S::Known { evidence: Evidence::Derived, seen } => format!("日付とポリシーから算出（{seen}）"),
            S::News { counted } => format!("お知らせ：{counted}。"),
            S::DetailsLeftOut { rows, file: Some(file) } => {
                format!("うち {rows} 件の詳細は、添付の {file} のみに記載しています。")
            }
            S::DetailsLeftOut { rows, file: None } => {
                format!("メールサーバーのサイズ制限により、うち {rows} 件の詳細は記載できませんでした。")
            }
            S::NamesLeftOut { rows } => {
                format!("メールサーバーのサイズ制限により、ほか {rows} 件は記載できませんでした。")
            }
            S::MoreInList { rows } => format!("ほか {rows} 件"),
            S::NextInList { date, is_automatic: true } => format!("、自動更新（されない場合は {date} に通知）"),
            S::NextInList { date, is_automatic: false } => format!("、{date} に通知"),
            S::WhyInList { why } => format!("：{why}"),
            S::Coming { count } => format!("期限・通知の予定 {count} 件"),
            S::RenewedSince { count } => format!("更新済み {count} 件"),
            S::Unseen { count } => format!("確認不可 {count} 件"),
        }
    }

    fn recipients(&self, recipients: Recipients<'_>) -> String {
        use Recipients as R;
        match recipients {
            R::ToldWith { names, later } => {
                let now = if names.is_empty() { "なし".to_owned() } else { names.join("、") };
                format!("ほかの通知先：{now}。{}", self.recipients(R::ToldLater { later }))
            }
            R::ToldLater { later } => {
                let told = |(day, names): &(String, Vec<String>)| {
                    format!("{day}からは {}にも通知します。", before(&names.join("、")))
                };
                later.iter().map(told).collect()
            }
            R::ToldOf { name, count } => format!("うち {count} 件は {}にも通知しています。", before(name)),
            R::NewsTold { names } => format!("上記のお知らせは {}にも通知しています。", before(&names.join("、"))),
            R::Escalated { within, count } => {
                let which = count.map(|count| format!("うち {count} 件は、")).unwrap_or_default();
                let within = span(within);
                format!("{which}ポリシーのエスカレーション設定により、期限の {within}前からお知らせしています。")
            }
            R::SnoozeHint { day, machine, of } => {
                let what = match of {
                    Held::TheOnlyOne => "通知",
                    Held::OneOfTheCertificates => "証明書ごとの通知",
                    Held::OneOfTheDates => "項目ごとの通知",
                };
                format!("{what}を {day} まで止めるには、{machine} で実行：")
            }
            R::Snoozed { until } => format!("通知は {until} まで一時停止しています。"),
            R::Unused { file } => format!("使用していない場合は、{file} から削除してください。"),
        }
    }
}

fn own(end: Option<&str>) -> String {
    end.map_or_else(
        || "証明書自体に有効期限はありません。".to_owned(),
        |end| format!("証明書自体の有効期限は {end} です。"),
    )
}
