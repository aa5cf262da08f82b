//! SMTP: the only file that names the mail library.
