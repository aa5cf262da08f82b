//! The address of a group robot or a webhook, as far as it can be judged without asking.

use std::net::IpAddr;

use super::Channel;
use super::refusal::Refusal;
use crate::address::{Url, is_near};
use crate::channels::{Doubt, WrongAddress};

/// Refuses what no robot of `channel` can be reached by, and says what is doubtful, with the help. Neither repeats the
/// address: it is a secret.
pub(super) fn check(channel: Channel, address: &str) -> Result<Option<Doubt>, Refusal> {
    let address = split(address)?;
    channel.judge(&address).map_err(|wrong| match wrong {
        WrongAddress::Objection(objection) => objection.into(),
        WrongAddress::OfAnother(vendor) => Refusal::new(
            format!("this is an address of {vendor}, and not of {channel}"),
            format!("write {vendor} = {{ webhook = … }}"),
        ),
        WrongAddress::Incomplete(hosts) => Refusal::new(
            format!("this is not the whole address of a webhook of {channel}"),
            format!("copy it from where it was made: {}", hosts.whole_address(address.host)),
        ),
    })
}

/// A base address without the `/` at its end; paths are put behind it.
pub(super) fn check_base(address: &str) -> Result<String, Refusal> {
    if split(address)?.fragment.is_some() || address.contains('?') {
        let help = "write the address of the server alone, as https://ntfy.example.com";
        return Err(Refusal::new("this is no base address: paths are put behind it", help));
    }
    Ok(address.trim_end_matches('/').to_owned())
}

/// Host, path and query of an address that may be called.
fn split(address: &str) -> Result<Url<'_>, Refusal> {
    const WHOLE: &str = "copy the whole address from where it was made: it begins with https://";
    if address.contains(char::is_whitespace) {
        return Err(Refusal::new("there is a space inside this address", WHOLE));
    }
    let url = Url::split(address);
    if !url.is_of_web() {
        return Err(Refusal::new("this is no https address", WHOLE));
    }
    if url.host.is_empty() {
        return Err(Refusal::new("this address has no host", WHOLE));
    }
    if !url.has_scheme("https") && !is_private(url.host) {
        let help = "write https://; http is only for a loopback or private address";
        return Err(Refusal::new("this address is http: its key would go out in the clear", help));
    }
    Ok(url)
}

/// Loopback and private addresses, and names that only private networks have (RFC 6761, 6762, 8375, and ICANN's
/// `internal`); delivery looks where they lead before it sends.
fn is_private(host: &str) -> bool {
    const PRIVATE: [&str; 7] = ["localhost", "local", "lan", "internal", "localdomain", "home.arpa", "test"];
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    let is_below = |zone: &str| name.strip_suffix(zone).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    let is_name = name.parse::<IpAddr>().is_err() && !name.is_empty();
    if is_name && (!name.contains('.') || PRIVATE.into_iter().any(is_below)) {
        return true;
    }
    host.parse().is_ok_and(is_near)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(channel: Channel, address: &str) -> String {
        check(channel, address).err().map(|refusal| refusal.message).unwrap_or_default()
    }

    #[test]
    fn plain_http_goes_only_to_near_addresses() {
        for near in [
            "127.0.0.1:8080", "10.1.2.3", "192.168.1.1", "[::1]:80", "[fd00::1]", "localhost:3000", "gotify",
            "ntfy.lan:8080", "a.b.INTERNAL.", "x.home.arpa",
        ] {
            assert_eq!(refused(Channel::DingTalk, &format!("http://{near}/robot/send?access_token=x")), "", "{near}");
        }
        for far in
            ["example.com", "8.8.8.8", "[2001:db8::1]", "127.0.0.1.example.com", "x.notlan", "a.internal.example"]
        {
            assert!(refused(Channel::DingTalk, &format!("http://{far}/x")).contains("in the clear"), "{far}");
        }
    }

    #[test]
    fn an_address_of_another_vendor_generation_or_service_is_refused() {
        for (channel, address, reason) in [
            (Channel::Lark, "https://open.feishu.cn/open-apis/bot/v2/hook/0123", ""),
            (
                Channel::WeCom,
                "https://open.feishu.cn/open-apis/bot/v2/hook/0123",
                "an address of lark, and not of wecom",
            ),
            (Channel::Lark, "https://open.feishu.cn/open-apis/bot/hook/0123", "first generation"),
            (Channel::Lark, "https://lark.example.com/open-apis/bot/hook/0123", "first generation"),
            (Channel::Lark, "https://lark.example.com/open-apis/bot/v2/hook/0123", ""),
            (Channel::Discord, "https://discord.com/api/webhooks/80351110224678912/token", ""),
            (Channel::Discord, "https://discord.com/api/webhooks/80351110224678912/token/slack", "another service"),
            (Channel::Discord, "https://discord.com/api/webhooks/80351110224678912/token/github", "another service"),
            (
                Channel::Slack,
                "https://discord.com/api/webhooks/80351110224678912/token",
                "of discord, and not of slack",
            ),
            (Channel::Slack, "https://hooks.slack.com/services/", "not the whole address of a webhook of slack"),
        ] {
            let refused = refused(channel, address);
            assert!(refused.contains(reason) && refused.is_empty() == reason.is_empty(), "{address}: {refused}");
        }
    }

    #[test]
    fn an_address_of_teams_is_that_of_a_workflow_with_its_signature() {
        let connector = "https://example.webhook.office.com/webhookb2/0/IncomingWebhook/1/2";
        assert!(refused(Channel::Teams, connector).contains("Office 365 connector"));
        for host in ["prod-1.westeurope.logic.azure.com:443", "0.1.environment.api.powerplatform.com"] {
            let workflow = format!("https://{host}/workflows/0/triggers/manual/paths/invoke?api-version=1&sv=1.0");
            assert_eq!(refused(Channel::Teams, &format!("{workflow}&sig=abc")), "");
            assert!(refused(Channel::Teams, &workflow).contains("no signature"), "{host}");
            assert!(refused(Channel::Teams, &format!("{workflow}&sig=")).contains("no signature"), "{host}");
        }
    }

    #[test]
    fn half_an_address_is_refused() {
        for half in [
            "oapi.dingtalk.com/robot/send?access_token=x",
            "https://oapi.dingtalk.com/robot/send",
            "https://oapi.dingtalk.com/robot/send?access_token=",
            "https://oapi.dingtalk.com/",
            "https:///robot/send?access_token=x",
            "https://oapi.dingtalk.com/robot/send?access_token=x y",
            "ftp://oapi.dingtalk.com/robot/send?access_token=x",
        ] {
            assert_ne!(refused(Channel::DingTalk, half), "", "{half}");
        }
        assert_eq!(refused(Channel::DingTalk, "https://oapi.dingtalk.com/robot/send?access_token=x"), "");
    }
}
