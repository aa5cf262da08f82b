//! What is said in the same words each time, in all languages side by side: each row has the order of `Language::ALL`.

use super::announcements::announcement;
use super::marks::{self, Words};
use crate::cause::LostRegistration;
use crate::certificate::DateOf;
use crate::event::{Detail, EventKind, FindingId};
use crate::policy::Language;
use crate::render::urgency::Tier;

/// An enumeration whose variants stand beside their words.
macro_rules! phrases {
    ($(#[$about:meta])* enum $name:ident { $($(#[$doc:meta])* $variant:ident = $words:expr,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(in crate::render) enum $name { $($(#[$doc])* $variant,)+ }

        impl $name {
            const fn words(self) -> Words {
                match self { $(Self::$variant => $words,)+ }
            }
        }
    };
}

phrases! {
    /// What stands before a value.
    enum Label {
        Names = ["names", "域名", "ホスト名"],
        Seen = ["seen", "位置", "場所"],
        LookedAt = ["looked at", "位置", "場所"],
        Issuer = ["issuer", "签发", "発行者"],
        Valid = ["valid", "有效期", "有効期間"],
        Expires = ["expires", "到期", "有効期限"],
        Serial = ["serial", "序列号", "シリアル番号"],
        Fingerprint = ["SHA-256", "SHA-256", "SHA-256"],
        Owner = ["owner", "负责人", "担当者"],
        Note = ["note", "备注", "備考"],
        ReminderReason = ["why", "原因", "理由"],
        ToDo = ["to do", "处理", "対応"],
        Left = ["left", "剩余", "残り"],
        Certificate = ["certificate", "证书", "証明書"],
    }
}

phrases! {
    /// What is always said in the same words.
    enum Phrase {
        AboutTheCertificate = ["The certificate", "证书信息", "証明書の情報"],
        /// Of what showed no certificate.
        AboutThePlaces = ["Where", "位置信息", "場所の情報"],
        AboutTheNewCertificate = ["The new certificate", "新证书信息", "新しい証明書の情報"],
        AboutTheOldCertificate = ["The old certificate", "旧证书信息", "以前の証明書の情報"],
        WhyThisMail = ["Why this mail", "为何收到本邮件", "このメールについて"],
        Details = ["Details", "明细", "詳細"],
        Notes = ["Notes", "备注", "備考"],
        WhyAndWhenNext = ["Why this mail, and when the next", "为何收到本邮件，下次何时提醒", "通知の理由と次回の予定"],
        DetailsBelow = ["Details and notes are below.", "明细和备注见下文。", "詳細と備考は下記をご覧ください。"],
        NoteOfThePolicyFile = ["(note of the policy file)", "（策略文件中的备注）", "（ポリシーファイルの備考）"],
        FullFingerprints = ["Full fingerprints:", "完整指纹：", "フィンガープリント（全桁）："],
        /// Of the form that is left where a service takes exception to a text.
        TextRefused = [
            "The service did not take the whole text, so this has names of the policy file, states and dates alone.",
            "服务没有接受完整内容，因此这里只有策略文件中的名称、状态和日期。",
            "サービスが全文を受け付けなかったため、ポリシーファイルの名前、状態、日付だけを記載しています。",
        ],
        MayBeARepeat = [
            "May be a repeat: the server did not answer after taking the last one.",
            "本消息可能重复：上一次发送后服务器没有应答。",
            "再送の可能性：前回の送信に応答がありません。",
        ],
        Today = ["today", "今天", "本日"],
        TestTitle = ["Test message of certnotify", "certnotify 测试消息", "certnotify テスト通知"],
        AlertIsOver = ["It is over", "已结束", "解消済み"],
        WhyItIsOver = [
            "It has been renewed, or is watched no more.",
            "已续期，或已不再监控。",
            "更新されたか、監視の対象外になりました。",
        ],
        /// A few words: renewed, and the one before it is served.
        OldOneServed = [
            "renewed, but the old one is still served",
            "已续期但仍在使用旧证书",
            "更新済みだが以前の証明書が使用中",
        ],
        /// What to do about one of many rows, which says where: the new one is not loaded.
        LoadIt = [
            "load the new one; a reload of the service may be all it needs",
            "加载新证书，通常重新加载服务即可",
            "新しい証明書を読み込んでください（通常はサービスの再読み込みで反映されます）",
        ],
        /// Another is served, and not the one before it.
        ServeIt = [
            "have the endpoint serve it, or correct deploys-to in the policy file",
            "让端点使用该证书，或更正策略文件中的 deploys-to",
            "エンドポイントでこの証明書を使うか、ポリシーファイルの deploys-to を直してください",
        ],
        /// It should have renewed by itself.
        RenewWhatIsLate = [
            "find out why it was not renewed, and renew it",
            "查明自动续期为何没有完成，并完成续期",
            "自動更新が完了していない原因を調べ、更新してください",
        ],
        Renew = [
            "renew it, and put the new one there",
            "续期，并在该位置部署新证书",
            "更新し、この場所に新しい証明書を配置してください",
        ],
        /// Of what waited to be told.
        AnotherStands = [
            "By now another certificate stands there.",
            "现在那里已是另一张证书。",
            "現在、そこには別の証明書があります。",
        ],
        /// The same of a date.
        AnotherDate = ["By now it has another date.", "现在已改为另一日期。", "現在は別の日付になっています。"],
        /// The same of what was undone.
        SoNoMore = ["This has since been put right.", "此情况现已不复存在。", "現在、この状態は解消しています。"],
        ToldOnce = ["It is told once.", "只告知一次。", "通知は一度だけです。"],
        /// The same of what lasts.
        ToldOnceWhileItLasts = [
            "It is told once while it lasts; who was told hears of its end.",
            "持续期间只告知一次，恢复时再告知。",
            "継続中の通知は一度だけで、解消時に改めてお知らせします。",
        ],
        /// What is wrong with a domain whose registration has ended.
        RegistrationEnded = ["its registration is being deleted", "域名注册正在被删除", "ドメイン登録が削除手続き中"],
        /// The same of one that its registry does not know.
        NotRegistered = ["not registered", "域名未注册", "ドメインは未登録"],
        /// What a row of a digest is called.
        DigestLabel = ["Next 60 days", "未来 60 天", "今後 60 日間"],
        /// What stands above each of its lists.
        DigestComing = [
            "Ends, and reminders, of the next 60 days:",
            "未来 60 天的到期项和提醒：",
            "今後 60 日間の期限と通知の予定：",
        ],
        DigestRenewed = [
            "Renewed since the last digest, now until:",
            "上次汇总以来已续期，新的到期日：",
            "前回のまとめ以降に更新されたもの（新しい有効期限）：",
        ],
        DigestUnseen = ["Not seen in this run:", "本次运行未能看到：", "今回の実行で確認できなかったもの："],
        /// Its lists are made when it goes out.
        DigestPlanned = [
            "Its lists are worked out when it goes out.",
            "发送时再列出各项。",
            "一覧は送信時に作成されます。",
        ],
        /// Nothing is coming.
        DigestNothing = [
            "Nothing ends in the next 60 days, and no reminder goes out.",
            "未来 60 天没有到期项，也没有提醒。",
            "今後 60 日間に期限を迎えるもの、通知の予定はありません。",
        ],
        /// After a certificate.
        DigestExpired = [", expired", "，已过期", "、期限切れ"],
        /// In the title of a digest.
        DigestIsPlanned = [
            "what ends, was renewed or is not seen",
            "到期、续期与未能看到的证书",
            "期限の近い証明書、更新済みの証明書、確認できない証明書",
        ],
        NothingEnds = ["nothing ends", "没有到期项", "期限を迎えるものはありません"],
        /// What is to be done about the end of a date, and what stands above what is known of it.
        RenewDate = [
            "renew it, and write its new date in the policy file",
            "续期，并在策略文件中写入新的日期",
            "更新し、ポリシーファイルに新しい日付を記入してください",
        ],
        /// Of a date of which a renewal is reported.
        DateAsLastKnown = [
            "Its date is as last known, perhaps of the old one.",
            "日期为上次所知，可能仍是旧的。",
            "日付は最後に確認した時点のもので、以前のものの可能性があります。",
        ],
        /// Of a certificate of which a renewal is reported: a hook comes before the look that shows the new one.
        DatesAsLastSeen = [
            "Its dates are as last seen, perhaps of the old one.",
            "有效期为上次所见，可能仍是旧证书的。",
            "有効期間は最後に確認した時点のもので、以前の証明書の値の可能性があります。",
        ],
        AboutTheDate = ["The date", "日期信息", "期限の情報"],
        RenewRegistration = [
            "renew the registration at its registrar",
            "到注册商处续费域名",
            "レジストラでドメインの登録を更新してください",
        ],
        AboutTheRegistration = ["The registration", "域名注册信息", "ドメイン登録の情報"],
    }
}

/// The phrases of a language.
pub(in crate::render) trait Phrases {
    fn language(&self) -> Language;

    fn label(&self, label: Label) -> &'static str {
        label.words()[self.language() as usize]
    }

    fn phrase(&self, phrase: Phrase) -> &'static str {
        phrase.words()[self.language() as usize]
    }

    /// The title and the text of what is announced by `id` and applies from `date`, where they are not those it was
    /// written in.
    fn announcement(&self, id: &str, date: &str) -> Option<(String, String)> {
        announcement(self.language(), id, date)
    }

    /// What is to be done about the end of a date, and what stands above what is known of it.
    fn date_words(&self, of: DateOf) -> (&'static str, &'static str) {
        let (renew, about) = match of {
            DateOf::PolicyFile => (Phrase::RenewDate, Phrase::AboutTheDate),
            DateOf::Registration => (Phrase::RenewRegistration, Phrase::AboutTheRegistration),
        };
        (self.phrase(renew), self.phrase(about))
    }

    fn tier(&self, tier: Tier) -> &'static str {
        of_tier(tier)[self.language() as usize]
    }

    fn finding(&self, finding: FindingId) -> &'static str {
        of_finding(finding)[self.language() as usize]
    }

    /// The same of one that begins: of a domain it may be known that its registration is lost.
    fn finding_opened(&self, finding: FindingId, lost: Option<LostRegistration>) -> &'static str {
        match lost {
            Some(LostRegistration::Ended) => self.phrase(Phrase::RegistrationEnded),
            Some(LostRegistration::NotRegistered) => self.phrase(Phrase::NotRegistered),
            None => self.finding(finding),
        }
    }

    /// The same, of what is over: what was expected has not come.
    fn finding_before(&self, finding: FindingId) -> &'static str {
        if finding != FindingId::RenewalBlocked {
            return self.finding(finding);
        }
        let expected: Words = [
            "its renewal was expected to fail or come late",
            "预计续期会失败或延误",
            "更新が失敗または遅延する見込みだったこと",
        ];
        expected[self.language() as usize]
    }

    /// In a list: at most 12 columns.
    fn mark(&self, kind: EventKind, detail: &Detail) -> &'static str {
        marks::mark(kind, detail)[self.language() as usize]
    }

    /// As a clause, where it is reported to have happened.
    fn reported(&self, kind: EventKind, is_date: bool) -> &'static str {
        let words = if is_date { marks::reported_of_date(kind) } else { marks::reported(kind) };
        words[self.language() as usize]
    }
}

const fn of_tier(tier: Tier) -> Words {
    match tier {
        Tier::Expired => ["Expired", "已过期", "期限切れ"],
        Tier::Within7 => ["Within 7 days", "7 天内到期", "7 日以内"],
        Tier::Urgent => ["Needs attention", "需要关注", "要対応"],
        Tier::Within30 => ["Within 30 days", "30 天内到期", "30 日以内"],
        Tier::Later => ["Later", "剩余超过 30 天", "31 日以降"],
        Tier::Calm => ["Good to know", "动态", "お知らせ"],
    }
}

const fn of_finding(finding: FindingId) -> Words {
    match finding {
        FindingId::Expired => ["expired", "已过期", "期限切れ"],
        FindingId::ExpiresSoon => ["expires soon", "即将到期", "期限間近"],
        FindingId::NotYetValid => ["not yet valid", "尚未生效", "有効期間の開始前"],
        FindingId::Revoked => ["revoked", "已被吊销", "失効済み"],
        FindingId::KeyMismatch => ["key does not match", "私钥不匹配", "秘密鍵の不一致"],
        FindingId::PinMismatch => ["not the key that is pinned", "与固定的公钥不符", "ピン留めした公開鍵との不一致"],
        FindingId::NameMismatch => ["does not cover its name", "域名不匹配", "ホスト名の不一致"],
        FindingId::Untrusted => ["not trusted", "不受信任", "信頼されていない証明書"],
        FindingId::SelfSigned => ["self-signed", "自签名", "自己署名証明書"],
        FindingId::ChainIncomplete => ["chain is incomplete", "证书链不完整", "証明書チェーンの不足"],
        FindingId::ChainExpiresSoon => ["chain expires soon", "证书链即将到期", "証明書チェーンの期限間近"],
        FindingId::ChainMisordered => ["chain is in the wrong order", "证书链顺序错误", "証明書チェーンの順序の誤り"],
        FindingId::WeakKey => ["weak key", "密钥强度不足", "鍵の強度不足"],
        FindingId::WeakSignature => ["weak signature", "签名算法过弱", "脆弱な署名アルゴリズム"],
        FindingId::LifetimeTooLong => ["lifetime is too long", "有效期过长", "有効期間が長すぎる"],
        FindingId::LegacyProtocol => ["legacy protocol", "使用过时的协议", "古いプロトコル"],
        FindingId::RenewalLate => ["automatic renewal is late", "自动续期逾期", "自動更新の遅延"],
        FindingId::Superseded => ["a newer one lies elsewhere", "别处已有更新的证书", "別の場所に新しい証明書あり"],
        FindingId::RootHorizon => {
            ["trust in its root ends before it", "根证书将先于证书失去信任", "ルート証明書の信頼が証明書より先に終了"]
        }
        FindingId::CaHorizon => [
            "its issuer will cut the next one short",
            "签发者即将到期，续期的证书有效期会变短",
            "発行者の期限により次回の有効期間が短縮",
        ],
        FindingId::NotDeployed => ["another certificate is served", "正在使用另一张证书", "別の証明書が使用中"],
        FindingId::NotReloaded => {
            ["renewed, but the server has not loaded it", "已续期，但服务尚未加载", "更新済みだがサーバーに未反映"]
        }
        FindingId::Unreachable => ["cannot be reached", "无法连接", "接続不可"],
        FindingId::Unreadable => ["cannot be read", "无法读取", "読み取り不可"],
        FindingId::Unparsable => ["cannot be understood", "内容无法解析", "解釈できない内容"],
        FindingId::NothingFound => ["nothing found", "没有找到可监控的内容", "監視対象なし"],
        FindingId::RenewalBlocked => [
            "its next renewal will fail or come late",
            "下次续期将会失败或延误",
            "次回の更新が失敗または遅延する見込み",
        ],
        FindingId::CopyOutdated => {
            ["its provider publishes another certificate", "提供方发布了新的证书", "提供元が別の証明書を公開"]
        }
        FindingId::LoadingUnknown => {
            ["whether the server has loaded it is not known", "无法得知服务是否已加载", "サーバーへの反映状況が不明"]
        }
        FindingId::TlsaMissing => {
            ["DNS has no TLSA records for it", "DNS 中没有它的 TLSA 记录", "DNS に対応する TLSA レコードなし"]
        }
        FindingId::TlsaUnknown => {
            ["which TLSA records DNS has is not known", "无法得知 DNS 中的 TLSA 记录", "DNS の TLSA レコードが不明"]
        }
        FindingId::RegistrationUnknown => {
            ["when the registration ends is not known", "无法得知注册何时到期", "ドメイン登録の期限が不明"]
        }
        FindingId::RevocationUnknown => ["revocation cannot be checked", "无法查询吊销状态", "失効状態の確認不可"],
    }
}
