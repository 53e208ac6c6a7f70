//! What was not looked at in a packed file: one notification of each kind, however many members it is about.

use super::{MOST_DEPTH, MOST_MEMBERS, MOST_UNPACKED};
use crate::error::{Notification, NotificationId};

/// Members that are named in a notification; the others are counted.
const NAMED: usize = 3;

/// Members of one kind.
#[derive(Default)]
pub(super) struct Names {
    first: Vec<String>,
    count: usize,
}

impl Names {
    pub(super) fn add(&mut self, path: &str) {
        if self.first.len() < NAMED {
            self.first.push(path.to_owned());
        }
        self.count = self.count.saturating_add(1);
    }

    /// `a.txt, b.txt and 3 more`.
    fn said(&self) -> Option<String> {
        let rest = self.count.saturating_sub(self.first.len());
        let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
        (self.count > 0).then(|| format!("{}{more}", self.first.join(", ")))
    }
}

/// All that is to be said of one outer file.
#[derive(Default)]
pub(super) struct Notes {
    pub(super) broken: Names,
    pub(super) encrypted: Names,
    pub(super) foreign: Names,
    pub(super) deep: Names,
    pub(super) large: Names,
    pub(super) spent: bool,
    pub(super) too_many: bool,
}

impl Notes {
    pub(super) fn about(self, path: &str) -> Vec<Notification> {
        let named = |names: &Names, id, text: &str| Some((id, format!("{text}: {}", names.said()?)));
        let flag = |is_so: bool, text: String| is_so.then_some((NotificationId::Limit, text));
        let megabytes = MOST_UNPACKED / (1024 * 1024);
        let all = [
            named(&self.broken, NotificationId::Syntax, "the archive is broken; what could be read was looked at"),
            named(&self.encrypted, NotificationId::Unsupported, "encrypted members were not looked at"),
            named(&self.foreign, NotificationId::Unsupported, "members packed in a way that is not read"),
            named(
                &self.deep,
                NotificationId::TooDeep,
                &format!("only {MOST_DEPTH} archives within each other are opened"),
            ),
            named(&self.large, NotificationId::TooLarge, "members larger than the limit were not looked at"),
            flag(self.spent, format!("only the first {megabytes} MiB of what is packed here were looked at")),
            flag(self.too_many, format!("only the first {MOST_MEMBERS} members of the archive were looked at")),
        ];
        let said = all.into_iter().flatten();
        said.map(|(id, message)| Notification::new(path, id, message)).collect()
    }
}
