//! Japanese, of what stops the next renewal.

use crate::cause::{DeadEnd, RenewalBlock, RenewalCause};

pub(super) fn renewal(cause: &RenewalCause) -> String {
    match cause {
        RenewalCause::Blocked { due, by } => format!("{due} 予定の更新が失敗する見込みです：{}", block(by)),
        RenewalCause::ValidationEnds { by_phone, from } => {
            let by = if *by_phone { "電話" } else { "電子メール" };
            format!(
                "ホスト名の検証に{by}を使っていますが、{from} 以降、公開認証局はこの方法を使いません。それまでに更新するか、別の検証方法に切り替えてください"
            )
        }
        RenewalCause::WindowAfterEnd { from } => {
            format!("認証局は {from} 以降の更新を求めていますが、有効期限はそれより前です")
        }
        RenewalCause::WindowBeyondEnd { from, until } => {
            format!("認証局は {from} から {until} までの更新を認めていますが、有効期限はその途中です")
        }
        RenewalCause::WindowMissed { until, planned } => {
            format!("認証局は {until} までの更新を求めていますが、renew-before では {planned} に更新する予定です")
        }
    }
}

fn block(by: &RenewalBlock) -> String {
    match by {
        RenewalBlock::NotPermitted { domain, permitted, own } if permitted.is_empty() => {
            format!("{domain} の CAA レコードは、{own} を含むどの認証局も許可していません")
        }
        RenewalBlock::NotPermitted { domain, permitted, own } => {
            format!(
                "{domain} の CAA レコードが許可しているのは {} のみで、{own} は許可されていません",
                permitted.join("、")
            )
        }
        RenewalBlock::CriticalProperty { domain, property } => {
            format!("{domain} の CAA レコードに、必須（critical）のプロパティ {property} があります")
        }
        RenewalBlock::DeadEnd { name, target, why } => {
            let why = match why {
                DeadEnd::NoTopLevelDomain => "そのトップレベルドメインは存在しません".to_owned(),
                DeadEnd::NoDomain { zone } => format!(".{zone} にそのドメインはありません"),
                DeadEnd::NoServer => "その名前に応答するサーバーがありません".to_owned(),
            };
            format!("{name} は {target} を指していますが、{why}")
        }
    }
}
