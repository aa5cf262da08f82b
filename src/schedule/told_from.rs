//! Who will be told of one certificate later, and from when: thousands share one answer.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use crate::policy::ContactName;

/// Contacts, each with the first moment from which a reminder may go out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ToldFrom {
    pub(super) by_name: BTreeMap<ContactName, OffsetDateTime>,
    by_time: Vec<(OffsetDateTime, ContactName)>,
}

/// Those who are told from one day on.
#[derive(Debug, PartialEq, Eq)]
pub struct Day<'t> {
    pub first: OffsetDateTime,
    /// The first of them.
    pub names: Vec<&'t ContactName>,
    pub count: usize,
}

impl ToldFrom {
    /// Day by day, without `own`, and at most `most` names of each.
    pub fn days<'t>(
        &'t self,
        own: &ContactName,
        most: usize,
        is_one_day: impl Fn(OffsetDateTime, OffsetDateTime) -> bool,
    ) -> impl Iterator<Item = Day<'t>> {
        let own = self.by_name.get_key_value(own);
        let mut rest = self.by_time.as_slice();
        let next = move || {
            let (first, _) = rest.first()?;
            let (day, later) = rest.split_at(rest.partition_point(|(at, _)| is_one_day(*first, *at)));
            rest = later;
            let others = day.iter().filter(|(_, name)| own.is_none_or(|(own, _)| own != name));
            let count = day.len() - usize::from(own.is_some_and(|(_, at)| is_one_day(*first, *at)));
            let first = others.clone().map(|(at, _)| *at).next().unwrap_or(*first);
            Some(Day { first, names: others.map(|(_, name)| name).take(most).collect(), count })
        };
        std::iter::from_fn(next).filter(|day| day.count > 0)
    }
}

impl From<BTreeMap<ContactName, OffsetDateTime>> for ToldFrom {
    fn from(by_name: BTreeMap<ContactName, OffsetDateTime>) -> Self {
        let mut by_time: Vec<_> = by_name.iter().map(|(name, at)| (*at, name.clone())).collect();
        by_time.sort();
        Self { by_name, by_time }
    }
}

impl FromIterator<(ContactName, OffsetDateTime)> for ToldFrom {
    fn from_iter<I: IntoIterator<Item = (ContactName, OffsetDateTime)>>(told: I) -> Self {
        BTreeMap::from_iter(told).into()
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn each_day_counts_all_but_the_own_contact_and_names_the_first() {
        let day =
            |day: u8, hour: u8| datetime!(2026-11-01 0:00 UTC).replace_day(day).unwrap().replace_hour(hour).unwrap();
        let told = [("d", day(3, 1)), ("a", day(2, 9)), ("b", day(2, 5)), ("c", day(2, 7)), ("own", day(2, 1))];
        let told: ToldFrom = told.into_iter().map(|(name, at)| (ContactName::new(name), at)).collect();
        let is_one_day = |one: OffsetDateTime, other: OffsetDateTime| one.date() == other.date();
        let days = |own: &str| {
            let own = ContactName::new(own);
            let days = told.days(&own, 2, is_one_day);
            let named = |day: Day<'_>| (day.first, day.names.iter().map(ToString::to_string).collect(), day.count);
            days.map(named).collect::<Vec<(_, Vec<String>, _)>>()
        };
        assert_eq!(
            days("own"),
            [(day(2, 5), vec!["b".to_owned(), "c".to_owned()], 3), (day(3, 1), vec!["d".to_owned()], 1),]
        );
        assert_eq!(days("d"), [(day(2, 1), vec!["own".to_owned(), "b".to_owned()], 4)]);
    }
}
