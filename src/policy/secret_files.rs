//! When the files that hold secrets changed: what was refused for a wrong one is tried at once with a new one.

use std::path::Path;

use time::OffsetDateTime;

use super::{Channel, ContactName, OAuth, Policies, Secret};

impl Policies {
    /// Learns from `changed` when each file that holds a secret of a channel changed.
    pub fn date_secrets(&mut self, changed: impl Fn(&Path) -> Option<OffsetDateTime>) {
        // systemd writes its credentials anew for each start: they are always newer than the last run.
        let of_file = |secret: &Secret| if let Secret::File(path) = secret { changed(path) } else { None };
        let of_mail = self.mail.oauth.iter().flat_map(OAuth::secrets).chain(&self.mail.password);
        self.mail.modified = of_mail.filter_map(of_file).max();
        for robot in self.contacts.values_mut().flat_map(|contact| contact.robots.values_mut()) {
            robot.modified = robot.secrets().filter_map(of_file).max();
        }
    }

    /// When what a contact is told with by `channel` was last written: a policy file, or a secret of the channel.
    #[must_use]
    pub fn modified_for(&self, contact: &ContactName, channel: Channel) -> Option<OffsetDateTime> {
        let robot = || self.contacts.get(contact)?.robots.get(&channel)?.modified;
        let of_secrets = if channel == Channel::Email { self.mail.modified } else { robot() };
        self.modified.max(of_secrets)
    }
}
