//! When the files that a channel names changed: what was refused for a wrong secret is tried at once with a new one.

use std::path::{Path, PathBuf};

use time::OffsetDateTime;

use super::{Channel, ChannelConfig, ContactName, MailTransport, OAuth, Policies, Secret};

impl Policies {
    /// Learns from `changed` when each file with a secret or an authority of a channel changed.
    pub fn date_channel_files(&mut self, changed: impl Fn(&Path) -> Option<OffsetDateTime>) {
        self.mail.modified = files_of_mail(&self.mail).filter_map(&changed).max();
        for robot in self.contacts.values_mut().flat_map(|contact| contact.robots.values_mut()) {
            robot.modified = files_of(robot).filter_map(&changed).max();
        }
    }

    /// When what a contact is told with by `channel` was last written: a policy file, or a file that the channel names.
    #[must_use]
    pub fn modified_for(&self, contact: &ContactName, channel: Channel) -> Option<OffsetDateTime> {
        let robot = || self.contacts.get(contact)?.robots.get(&channel)?.modified;
        let of_files = if channel == Channel::Email { self.mail.modified } else { robot() };
        self.modified.max(of_files)
    }
}

fn files_of(robot: &ChannelConfig) -> impl Iterator<Item = &Path> {
    robot.secrets().filter_map(file_of).chain(robot.ca_file.as_deref())
}

fn files_of_mail(mail: &MailTransport) -> impl Iterator<Item = &Path> {
    let secrets = mail.oauth.iter().flat_map(OAuth::secrets).chain(&mail.password);
    let of_grant = mail.oauth.as_ref().and_then(|oauth| match oauth {
        OAuth::Grant(grant) => grant.ca_file.as_ref(),
        OAuth::Token(_) | OAuth::Program(_) => None,
    });
    let authorities = mail.ca_file.iter().chain(of_grant).map(PathBuf::as_path);
    secrets.filter_map(file_of).chain(authorities)
}

/// Not a credential: systemd writes those anew for each start, so that they are always newer than the last run.
fn file_of(secret: &Secret) -> Option<&Path> {
    if let Secret::File(path) = secret { Some(path) } else { None }
}
