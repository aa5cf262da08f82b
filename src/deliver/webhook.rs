//! The address of a robot: its host may be shown, everything after it is the key to the room.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::address::Url;
use crate::cause::AddressError;
use crate::certificate::Fingerprint;
use crate::channels::{Channel, Doubt, WrongAddress};
use crate::net::reach::AddressScope;
use crate::policy::{Host, Revealed};
use crate::redactor::Redactor;
use crate::secret::{Zeroize as _, Zeroizing};

/// `https://HOST[:PORT]/PATH[?QUERY]`, taken apart.
#[derive(Clone)]
pub(super) struct Webhook {
    pub(super) is_plain: bool,
    host: Host,
    port: u16,
    path: String,
    /// `name=value`, as it was written.
    query: Vec<String>,
}

impl Drop for Webhook {
    fn drop(&mut self) {
        self.path.zeroize();
        self.query.zeroize();
    }
}

impl Webhook {
    /// Parameters that belong to one request and not to the robot.
    const OF_A_REQUEST: [&str; 2] = ["timestamp", "sign"];

    pub(super) fn parse(text: &str) -> Result<Self, AddressError> {
        if !text.bytes().all(|byte| byte.is_ascii_graphic() || byte >= 0x80) {
            return Err(AddressError::Space);
        }
        let url = Url::split(text);
        if !url.is_of_web() {
            return Err(AddressError::NotOfWeb);
        }
        if url.login.is_some() {
            return Err(AddressError::Login);
        }
        if !url.path.is_ascii() || !url.query.is_ascii() {
            return Err(AddressError::BadCharacter);
        }
        let is_plain = url.has_scheme("http");
        let (host, port) = url.host_and_port().map_err(|_| AddressError::NoHost)?;
        let port = port.unwrap_or(if is_plain { 80 } else { 443 });
        let path = if url.path.is_empty() { "/" } else { url.path }.to_owned();
        let query = url.query.split('&').filter(|pair| !pair.is_empty()).map(str::to_owned).collect();
        Ok(Self { is_plain, host, port, path, query })
    }

    /// For people: the host, and the port where it is not the usual one.
    pub(super) fn host(&self) -> String {
        let usual = if self.is_plain { 80 } else { 443 };
        if self.port == usual { self.host.to_string() } else { format!("{}:{}", self.host, self.port) }
    }

    /// For what compares host names.
    pub(super) fn bare_host(&self) -> (&Host, u16) {
        (&self.host, self.port)
    }

    /// What `channel` has against it, or doubts.
    pub(super) fn judge(&self, channel: Channel) -> Result<Option<Doubt>, WrongAddress> {
        channel.judge(&Url::split(self.followed_by("").expose()))
    }

    /// In the clear it is reached only where no one else listens.
    pub(super) fn reach(&self) -> AddressScope {
        if self.is_plain { AddressScope::PrivateOnly } else { AddressScope::Anywhere }
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// The whole address with these parameters, each already encoded, instead of what it had of them.
    pub(super) fn address(&self, of_the_request: &[(&'static str, String)]) -> Revealed {
        let is_replaced = |pair: &String| of_the_request.iter().any(|(name, _)| pair.split('=').next() == Some(name));
        let own = self.own_query().filter(|pair| !is_replaced(pair)).cloned();
        let added = of_the_request.iter().map(|(name, value)| format!("{name}={value}"));
        let query: Zeroizing<Vec<String>> = Zeroizing::new(own.chain(added).collect());
        let mark = if query.is_empty() { "" } else { "?" };
        Revealed::new(format!("{}{}{mark}{}", self.origin(), self.path, *Zeroizing::new(query.join("&"))))
    }

    /// What stands for this robot wherever it is used, and gives nothing away; `parts` tell apart what has one address.
    pub(super) fn robot(&self, parts: &[&str]) -> String {
        let query: Vec<&String> = self.own_query().collect();
        let parts = Zeroizing::new(parts.concat());
        let whole = Zeroizing::new(format!("{}{}?{query:?}{}", self.origin(), self.path, *parts));
        let digest = Sha256::digest(&*whole);
        Fingerprint::new(digest.into()).to_string()[..32].to_owned()
    }

    /// The address of something below this one, which is a base.
    pub(super) fn below(&self, path: &str) -> Revealed {
        Revealed::new(format!("{}{}{path}", self.origin(), self.path.trim_end_matches('/')))
    }

    /// The whole address with `ending` behind its path.
    pub(super) fn followed_by(&self, ending: &str) -> Revealed {
        let path = if ending.is_empty() { &self.path } else { self.path.trim_end_matches('/') };
        let mark = if self.query.is_empty() { "" } else { "?" };
        Revealed::new(format!("{}{path}{ending}{mark}{}", self.origin(), *Zeroizing::new(self.query.join("&"))))
    }

    pub(super) fn hide_in(&self, redactor: &mut Redactor) {
        redactor.hide_address(&self.path, &Zeroizing::new(self.query.join("&")));
    }

    fn origin(&self) -> String {
        format!("{}://{}:{}", if self.is_plain { "http" } else { "https" }, self.host, self.port)
    }

    fn own_query(&self) -> impl Iterator<Item = &String> {
        self.query.iter().filter(|pair| {
            let name = pair.split('=').next().unwrap_or_default();
            !Self::OF_A_REQUEST.contains(&name)
        })
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Webhook({}, <secret>)", self.host())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Webhook {
        Webhook::parse(text).unwrap()
    }

    #[test]
    fn the_parameters_of_one_request_replace_those_that_were_pasted() {
        let pasted = parse("https://oapi.dingtalk.com/robot/send?access_token=abc&timestamp=1&sign=x%3D");
        let address = pasted.address(&[("timestamp", "2".to_owned()), ("sign", "y%3D".to_owned())]);
        assert_eq!(address.expose(), "https://oapi.dingtalk.com:443/robot/send?access_token=abc&timestamp=2&sign=y%3D");
        assert_eq!(pasted.robot(&[]), parse("HTTPS://OAPI.dingtalk.com:443/robot/send?access_token=abc").robot(&[]));
        assert_ne!(pasted.robot(&[]), parse("https://oapi.dingtalk.com/robot/send?access_token=abd").robot(&[]));
        let waiting = parse("https://discord.com/api/webhooks/1/2?wait=false&thread_id=3")
            .address(&[("wait", "true".to_owned())]);
        assert_eq!(waiting.expose(), "https://discord.com:443/api/webhooks/1/2?thread_id=3&wait=true");
    }

    #[test]
    fn what_follows_an_address_stands_before_its_parameters() {
        let of = |text: &str, ending: &str| parse(text).followed_by(ending).expose().to_owned();
        assert_eq!(of("https://hc.example/ping/u", ""), "https://hc.example:443/ping/u");
        assert_eq!(of("https://hc.example/ping/u/", "/fail"), "https://hc.example:443/ping/u/fail");
        assert_eq!(
            of("https://hc.example/k/nightly?create=1", "/start"),
            "https://hc.example:443/k/nightly/start?create=1"
        );
    }

    #[test]
    fn an_address_is_judged_by_its_host_whatever_place_it_was_read_from() {
        let judged = |channel: Channel, text: &str| {
            parse(text)
                .judge(channel)
                .map_or_else(|wrong| format!("{wrong:?}"), |doubt| format!("{:?}", doubt.unzip().0))
        };
        let feishu = "https://open.feishu.cn/open-apis/bot/v2/hook/0";
        assert_eq!(judged(Channel::Lark, feishu), "None");
        assert_eq!(judged(Channel::WeCom, feishu), "OfAnother(Lark)");
        assert!(judged(Channel::Slack, "https://Hooks.Slack.com/services/").starts_with("Incomplete"));
        let mattermost = judged(Channel::Slack, "https://chat.example.com/hooks/abc");
        assert!(mattermost.contains("this is no address of Slack, and Mattermost shows nothing"), "{mattermost}");
        // The applications of a vendor have its host, and another interface.
        assert_eq!(judged(Channel::LarkApp, "https://open.feishu.cn"), "None");
        assert_eq!(judged(Channel::WeComApp, "https://qyapi.weixin.qq.com"), "None");
    }

    #[test]
    fn what_is_no_webhook_address_is_refused_without_being_quoted() {
        for (text, reason) in [
            ("oapi.dingtalk.com/robot/send", "does not begin with https://"),
            ("ftp://example.com/key", "does not begin with https://"),
            ("https:///key", "names no host"),
            ("https://example.com:99999/key", "names no host"),
            ("https://user:word@example.com/key", "holds a user name"),
            ("https://example.com/a key", "holds a space or a line break"),
            ("https://example.com/a\r\nHost: evil", "holds a space or a line break"),
            ("https://example.com/schlüssel", "holds a character that no web address has"),
        ] {
            assert_eq!(Webhook::parse(text).unwrap_err().to_string(), reason, "{text}");
        }
    }

    #[test]
    fn only_the_host_is_shown() {
        let webhook = parse("http://[::1]:8080/open-apis/bot/v2/hook/0123456789abcdef?key=word");
        assert_eq!(format!("{webhook:?}"), "Webhook([::1]:8080, <secret>)");
        assert_eq!(parse("https://münchen.example/x").host(), "xn--mnchen-3ya.example");
        let mut redactor = Redactor::default();
        webhook.hide_in(&mut redactor);
        assert_eq!(redactor.said("no 0123456789ABCDEF here, key=word"), "no <secret> here, <secret>");
    }
}
