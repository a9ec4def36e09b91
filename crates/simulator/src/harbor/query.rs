//! Lists: paging, the `q` language, sorting, and the headers that tell of further pages.

use super::clock::Time;
use super::failure::Failure;
use super::wire::{Request, decode_form};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

/// A field of a row, as filters and sorting see it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Column {
    /// A text.
    Text(String),
    /// A number.
    Number(i64),
}

impl Column {
    fn shown(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
        }
    }

    /// How this field compares with a value out of a query; none when they are of different kinds.
    fn compare(&self, value: &str) -> Option<std::cmp::Ordering> {
        match self {
            Self::Text(text) => Some(text.as_str().cmp(value)),
            Self::Number(number) => Some(number.cmp(&value.parse().ok()?)),
        }
    }
}

/// The condition on one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    /// `k=v`.
    Exact(String),
    /// `k=~v`: contains, whatever the case.
    Fuzzy(String),
    /// `k=[min~max]`.
    Range(Option<String>, Option<String>),
    /// `k={a b}`.
    Any(Vec<String>),
    /// `k=(a b)`: only some tables handle it, none of those simulated here.
    All,
}

impl Condition {
    fn holds(&self, column: &Column) -> bool {
        match self {
            Self::Exact(value) => column.compare(value).is_some_and(std::cmp::Ordering::is_eq),
            Self::Fuzzy(part) => column.shown().to_lowercase().contains(&part.to_lowercase()),
            Self::Range(low, high) => {
                low.as_ref().is_none_or(|low| column.compare(low).is_some_and(std::cmp::Ordering::is_ge))
                    && high.as_ref().is_none_or(|high| column.compare(high).is_some_and(std::cmp::Ordering::is_le))
            }
            Self::Any(values) => {
                values.iter().any(|value| column.compare(value).is_some_and(std::cmp::Ordering::is_eq))
            }
            Self::All => true,
        }
    }

    /// # Errors
    /// 400 when a bracket is not closed or holds nothing.
    fn parse(value: &str) -> Result<Self, Failure> {
        let wrong = || Failure::bad_request(format!("invalid query string value: {value}"));
        let inside = |close: char| value.get(1..).and_then(|rest| rest.strip_suffix(close)).ok_or_else(wrong);
        let words = |text: &str| {
            text.split(' ')
                .map(|word| word.trim_matches(['"', '\'']))
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect()
        };
        match value.chars().next() {
            Some('~') if value.len() > 1 => Ok(Self::Fuzzy(value[1..].to_owned())),
            Some('~') => Err(wrong()),
            Some('[') => {
                let (low, high) = inside(']')?.split_once('~').ok_or_else(wrong)?;
                let bound = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
                let (low, high) = (bound(low), bound(high));
                if (low.is_none() && high.is_none()) || value.matches('~').count() != 1 {
                    return Err(wrong());
                }
                Ok(Self::Range(low, high))
            }
            Some('{') => Ok(Self::Any(words(inside('}')?))),
            Some('(') => inside(')').map(|_| Self::All),
            _ => Ok(Self::Exact(value.strip_prefix('\\').unwrap_or(value).to_owned())),
        }
    }
}

/// The conditions of a `q`, by key as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filters(pub(super) Vec<(String, Condition)>);

impl Filters {
    /// Parses a `q` that was URL-decoded once; it is decoded a second time here, as Harbor does.
    ///
    /// # Errors
    /// 400 when a pair is incomplete or a value is malformed.
    pub(super) fn parse(once_decoded: &str) -> Result<Self, Failure> {
        if once_decoded.is_empty() {
            return Ok(Self::default());
        }
        let mut filters = Vec::new();
        for pair in decode_form(once_decoded).split(',') {
            let (key, value) =
                pair.split_once('=').filter(|(key, value)| !key.is_empty() && !value.is_empty()).ok_or_else(|| {
                    Failure::bad_request("the query string must contain \"=\" and the key/value cannot be empty")
                })?;
            let condition = Condition::parse(value)?;
            filters.retain(|(known, _)| known != key);
            filters.push((key.to_owned(), condition));
        }
        Ok(Self(filters))
    }

    /// The condition on a key, which must be written exactly so.
    pub(super) fn get(&self, key: &str) -> Option<&Condition> {
        self.0.iter().find(|(known, _)| known == key).map(|(_, condition)| condition)
    }

    /// Adds a condition.
    pub(super) fn and(&mut self, key: &str, condition: Condition) {
        self.0.push((key.to_owned(), condition));
    }
}

/// Names of fields and of columns are the same here: `ProjectID` and `project_id` are both `projectid`.
fn plain(key: &str) -> String {
    key.replace('_', "").to_lowercase()
}

/// What of a list a request wants.
#[derive(Clone, Debug)]
pub(super) struct Listing {
    page: i64,
    page_size: i64,
    sort: String,
    filters: String,
    path: String,
    query: Vec<(String, String)>,
}

impl Listing {
    /// Binds the paging parameters.
    ///
    /// # Errors
    /// 422 when one is not a number or the size is above 100.
    pub(super) fn bind(request: &Request) -> Result<Self, Failure> {
        let page_size = request.number("page_size")?.unwrap_or(10);
        if page_size > 100 {
            return Err(Failure::invalid("page_size in query should be less than or equal to 100"));
        }
        Ok(Self {
            page: request.number("page")?.unwrap_or(1),
            page_size,
            sort: request.parameter("sort").unwrap_or_default().to_owned(),
            filters: request.parameter("q").unwrap_or_default().to_owned(),
            path: request.path.clone(),
            query: request.query.clone(),
        })
    }

    /// Parses the `q`.
    ///
    /// # Errors
    /// 400, as [`Filters::parse`].
    pub(super) fn filters(&self) -> Result<Filters, Failure> {
        Filters::parse(&self.filters)
    }

    /// Whether one of these fields is sorted by.
    pub(super) fn sorts_by(&self, names: &[&str]) -> bool {
        self.sort.split(',').any(|key| names.contains(&plain(key.trim_start_matches('-')).as_str()))
    }

    /// Filters, sorts and cuts rows. `column` gives a row's field by its plain name (lower case, no underscores), or
    /// none where it has no such field: such keys are ignored. Rows come in their default order.
    pub(super) fn select<T>(
        &self,
        mut rows: Vec<T>,
        filters: &Filters,
        column: impl Fn(&T, &str) -> Option<Column>,
    ) -> Page<T> {
        for (key, condition) in &filters.0 {
            let key = plain(key);
            rows.retain(|row| column(row, &key).is_none_or(|field| condition.holds(&field)));
        }
        for key in self.sort.split(',').rev() {
            let descending = key.starts_with('-');
            let key = plain(key.trim_start_matches('-'));
            rows.sort_by(|left, right| {
                let order = column(left, &key).cmp(&column(right, &key));
                if descending { order.reverse() } else { order }
            });
        }
        self.cut(rows)
    }

    /// Cuts rows that are already filtered and sorted.
    pub(super) fn cut<T>(&self, rows: Vec<T>) -> Page<T> {
        let total = rows.len();
        let rows = match usize::try_from(self.page_size) {
            Ok(size) if size > 0 => {
                let skip = usize::try_from(self.page.saturating_sub(1)).unwrap_or(0).saturating_mul(size);
                rows.into_iter().skip(skip).take(size).collect()
            }
            _ => rows,
        };
        Page { rows, total, link: self.link(i64::try_from(total).unwrap_or(i64::MAX)) }
    }

    /// The `Link` header: absent when there is no other page.
    fn link(&self, total: i64) -> Option<String> {
        let (page, size) = (self.page, self.page_size);
        if size == 0 {
            return None;
        }
        let mut links = Vec::new();
        if page > 1 && page.saturating_sub(1).saturating_mul(size) < total {
            links.push(format!("<{}>; rel=\"prev\"", self.address(page.saturating_sub(1))));
        }
        if page.saturating_mul(size) < total {
            links.push(format!("<{}>; rel=\"next\"", self.address(page.saturating_add(1))));
        }
        Some(links.join(" , ")).filter(|text| !text.is_empty())
    }

    /// The address of another page: relative, keys sorted, and the query deliberately not escaped.
    fn address(&self, page: i64) -> String {
        let mut query = self.query.clone();
        query.retain(|(key, _)| key != "page" && key != "page_size");
        query.push(("page".into(), page.to_string()));
        query.push(("page_size".into(), self.page_size.to_string()));
        query.sort_by(|left, right| left.0.cmp(&right.0));
        let query: Vec<String> = query.iter().map(|(key, value)| format!("{key}={value}")).collect();
        format!("{}?{}", self.path, query.join("&"))
    }
}

/// The rows of a table whose list has no order: they come in the same one until something changes, and then in another.
pub(super) fn in_no_order<T>(rows: impl Iterator<Item = (i64, T)>, changed: impl Fn(&T) -> Time) -> Vec<(i64, T)> {
    let mut rows: Vec<(i64, T)> = rows.collect();
    let last = rows.iter().map(|(_, row)| changed(row)).max().unwrap_or_default();
    let seed = last.0.as_millisecond().unsigned_abs().wrapping_add(rows.len() as u64);
    rows.shuffle(&mut StdRng::seed_from_u64(seed));
    rows
}

/// One page of a list.
#[derive(Debug)]
pub(super) struct Page<T> {
    /// The rows of this page.
    pub(super) rows: Vec<T>,
    /// How many rows there are in all pages.
    pub(super) total: usize,
    /// The `Link` header.
    pub(super) link: Option<String>,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn conditions(q: &str) -> Vec<(String, Condition)> {
        Filters::parse(q).unwrap().0
    }

    #[test]
    fn every_form_of_a_condition() {
        let text = |text: &str| text.to_owned();
        let cases = [
            ("a=b", Condition::Exact(text("b"))),
            ("a=b=c", Condition::Exact(text("b=c"))),
            ("a=\\~b", Condition::Exact(text("~b"))),
            ("a=~b", Condition::Fuzzy(text("b"))),
            ("a=[1~2]", Condition::Range(Some(text("1")), Some(text("2")))),
            ("a=[~2]", Condition::Range(None, Some(text("2")))),
            ("a={b 'c'}", Condition::Any(vec![text("b"), text("c")])),
            ("a=(b c)", Condition::All),
            ("a=b%2Bc", Condition::Exact(text("b+c"))),
            ("a=b+c", Condition::Exact(text("b c"))),
        ];
        for (q, expected) in cases {
            assert_eq!(conditions(q), [(text("a"), expected)], "{q}");
        }
        assert_eq!(conditions(""), []);
        assert_eq!(conditions("a=1,b=2").len(), 2);
    }

    #[test]
    fn incomplete_conditions_are_refused() {
        for q in ["a", "a=", "=b", "a=1,", "a=~", "a=[1", "a=[~]", "a={b", "a=(b"] {
            assert_eq!(Filters::parse(q).unwrap_err().status, 400, "{q}");
        }
    }

    #[test]
    fn conditions_hold_by_kind() {
        let cases = [
            (Column::Text("Ab".into()), "k=Ab", true),
            (Column::Text("Ab".into()), "k=ab", false),
            (Column::Text("xAby".into()), "k=~ab", true),
            (Column::Number(7), "k=7", true),
            (Column::Number(7), "k=x", false),
            (Column::Number(7), "k=[5~9]", true),
            (Column::Number(7), "k=[8~]", false),
            (Column::Number(7), "k={6 7}", true),
        ];
        for (column, q, expected) in cases {
            assert_eq!(conditions(q)[0].1.holds(&column), expected, "{q}");
        }
    }
}
