//! Simplified Chinese, of why a registration or a document of the web is not known.

use super::super::quotes::{of_peer, quoted};
use super::chain::chain;
use super::connection::{connection, not_tried};
use super::fault;
use crate::cause::{DocumentCause, DocumentError, RegistryCause};

pub(super) fn registry(cause: &RegistryCause) -> String {
    match cause {
        RegistryCause::NoAnswer(DocumentCause { place, error }) => {
            format!("注册局没有应答：{place}：{}", document(error))
        }
        RegistryCause::Fault(error) => format!("注册局的应答无法读取：{}", fault(error)),
        RegistryCause::Busy(host) => format!("注册局暂不接受查询：{host}"),
        RegistryCause::Ended(status) => format!("注册已终止：注册局的状态为“{status}”"),
        RegistryCause::NoEnd(host) => format!("注册局 {host} 不公布注册到期时间"),
        RegistryCause::BadEnd(host) => format!("注册局 {host} 给出的到期时间不是日期"),
        RegistryCause::OtherDomain(host) => format!("注册局 {host} 的应答不是该域名"),
        RegistryCause::NotRegistered(host) => format!("该域名没有注册：注册局 {host} 没有此域名"),
        RegistryCause::Host(parent) => format!("它是已注册域名 {parent} 下的主机，没有自己的注册"),
        RegistryCause::Said(said) => quoted(said),
    }
}

pub(super) fn document(error: &DocumentError) -> String {
    let words = match error {
        DocumentError::Connection(error) => return connection(error),
        DocumentError::NotTried(why) => not_tried(*why),
        DocumentError::NoRoots(cause) => return chain(cause),
        DocumentError::NoTls(said) => return format!("无法使用 TLS：{}", of_peer(said)),
        DocumentError::OnlyHttps => "只通过 https 查询",
        DocumentError::NotInTime => "没有及时应答",
        DocumentError::Status(status) => return format!("返回 HTTP {status}"),
        DocumentError::NoLocation => "没有给出重定向地址",
        DocumentError::TooManyRedirects => "不断重定向",
        DocumentError::TooLarge(most) => return format!("应答超过 {most} KiB"),
        DocumentError::CutOff => "应答不完整或超时",
        DocumentError::NotRdap => "应答不是 RDAP",
        DocumentError::NoCertificate => "其中没有证书",
    };
    words.to_owned()
}
