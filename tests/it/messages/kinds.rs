//! What kinds of rooms there are: on phones there is little room, and some show code.

use certnotify::policy::Channel;

pub(super) fn is_phone(channel: Channel) -> bool {
    matches!(
        channel,
        Channel::Ntfy | Channel::Gotify | Channel::Pushover | Channel::Bark | Channel::Apprise | Channel::WeComApp
    )
}

/// By a webhook or by a bot.
pub(super) fn is_slack(channel: Channel) -> bool {
    matches!(channel, Channel::Slack | Channel::SlackApp)
}

pub(super) fn has_code(channel: Channel) -> bool {
    matches!(
        channel,
        Channel::WeCom
            | Channel::WeComApp
            | Channel::Mattermost
            | Channel::GoogleChat
            | Channel::RocketChat
            | Channel::Zulip
            | Channel::ServerChan
            | Channel::PushPlus
    )
}
