//! The inbox: a Maildir per contact.
