//! Targets of the blackbox exporter: jobs of prometheus.yml, files of targets, and the modules of blackbox.yml.

use certnotify::address::Url;
use certnotify::text::untrusted::{cap, clean};

use super::Input;
use super::import::{Import, SHOWN};
use super::modules::{Module, Modules, Speaks};
use super::ssl_cert_check::{bracketed, spoken};
use super::uptime_kuma::{is_likely, url};
use super::yaml::{self, Node, Value};
use crate::cli::exit::advised;

struct Reader<'r> {
    file: &'r str,
    modules: &'r Modules,
    import: &'r mut Import,
}

pub(super) fn read(inputs: &[Input], import: &mut Import) -> anyhow::Result<()> {
    let mut modules = Modules::default();
    let mut documents = Vec::new();
    for input in inputs {
        let read = yaml::read(&input.text).map_err(|wrong| {
            let message = format!("{}:{}: this is no YAML: {}", input.name, wrong.line, clean(&wrong.why));
            advised(message, "prometheus.yml, a file of targets, or blackbox.yml is read here")
        })?;
        documents.extend(read.into_iter().map(|document| (input.name.as_str(), document)));
    }
    documents.retain(|(_, document)| !modules.add(document));
    for (file, document) in &documents {
        let mut reader = Reader { file, modules: &modules, import };
        match &document.value {
            Value::List(groups) => groups.iter().for_each(|group| reader.group(group, None)),
            _ => reader.configuration(document),
        }
    }
    Ok(())
}

impl Reader<'_> {
    fn at(&self, node: &Node) -> String {
        format!("{}:{}", self.file, node.line)
    }

    /// A prometheus.yml, or a file of jobs.
    fn configuration(&mut self, document: &Node) {
        let mut others = 0_usize;
        if let Some(files) = document.get("scrape_config_files") {
            self.further(files);
        }
        for job in document.get("scrape_configs").map(Node::items).unwrap_or_default() {
            if is_of_blackbox(job) {
                self.job(job);
            } else {
                others += 1;
            }
        }
        if others > 0 {
            self.import.note(self.file, &format!("left out: jobs that do not ask the blackbox exporter ({others})"));
        }
    }

    fn job(&mut self, job: &Node) {
        let module = job.get("params").and_then(|params| params.get("module"));
        let module = module.and_then(|module| module.text().or_else(|| module.items().first().and_then(Node::text)));
        for (key, value) in job.entries() {
            match key.as_str() {
                "static_configs" => value.items().iter().for_each(|group| self.group(group, module)),
                "file_sd_configs" => {
                    for files in value.items().iter().filter_map(|item| item.get("files")) {
                        self.further(files);
                    }
                }
                _ if key.ends_with("_sd_configs") => {
                    let at = self.at(value);
                    self.import.note(&at, &format!("left out: what `{key}` finds"));
                }
                _ => {}
            }
        }
    }

    /// Files that are named and not read: no file leads to another here.
    fn further(&mut self, files: &Node) {
        for file in files.items() {
            let name = file.text().unwrap_or_default();
            let at = self.at(file);
            self.import.note(&at, &format!("`{name}` is not read: name it, too, behind this file"));
        }
    }

    fn group(&mut self, group: &Node, module: Option<&str>) {
        let labels = group.get("labels");
        let label = |name: &str| labels.and_then(|labels| labels.get(name)).and_then(Node::text);
        let module = label("__param_module").or_else(|| label("module")).or(module);
        for target in group.get("targets").map(Node::items).unwrap_or_default() {
            let at = self.at(target);
            let Some(written) = target.text() else {
                self.import.note(&at, "left out: a target is a text");
                continue;
            };
            self.target(&at, written, module);
        }
    }

    fn target(&mut self, at: &str, written: &str, named: Option<&str>) {
        let Module { speaks, keys } = self.modules.named(named);
        let address = Url::split(written);
        let place = bracketed(address.place);
        let port = address.port.and_then(|port| port.parse::<u16>().ok());
        let shown = cap(&clean(address.place), SHOWN);
        match (speaks, port) {
            (Speaks::Nothing(prober), _) => {
                self.import.note(at, &format!("`{shown}` is left out: it is probed by {prober}"));
            }
            (Speaks::Http, _) => url(at, (written, ""), keys, self.import),
            _ if address.scheme.is_some() => url(at, (written, ""), keys, self.import),
            (Speaks::Tls, _) => self.import.endpoint(at, &place, None, keys),
            (Speaks::StartTls, Some(port)) => {
                self.import.endpoint(at, &spoken(&bracketed(address.host), port), None, keys);
            }
            (Speaks::Tcp, Some(port)) if is_likely(port) => {
                self.import.endpoint(at, &spoken(&bracketed(address.host), port), None, keys);
            }
            (Speaks::StartTls | Speaks::Tcp, None) => url(at, (written, ""), keys, self.import),
            (Speaks::Tcp, Some(port)) => {
                let clause = format!("`{shown}` is left out: nothing says that TLS is spoken on port {port}");
                self.import.note(at, &clause);
            }
        }
    }
}

/// By its path, its module, or where its targets go.
fn is_of_blackbox(job: &Node) -> bool {
    let is_probe = job.get("metrics_path").and_then(Node::text).is_some_and(|path| path.ends_with("/probe"));
    let has_module = job.get("params").is_some_and(|params| params.get("module").is_some());
    let relabels = job.get("relabel_configs").map(Node::items).unwrap_or_default();
    let is_parameter = |rule: &Node| rule.get("target_label").and_then(Node::text) == Some("__param_target");
    is_probe || has_module || relabels.iter().any(is_parameter)
}
