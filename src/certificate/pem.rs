//! PEM blocks out of text: the only file that names the PEM library.
