//! Which rules a result of a SARIF run names, and how severe they make it.
//!
//! INVARIANT: a reference that names several rules, or none where there are some, is
//! judged by the worst of them; one that contradicts itself is refused.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use crate::evidence::kinds::{
    KindError,
    node::{Node, shortened},
};

/// Most rules that share an id or a guid.
const NAMESAKES_MAX: usize = 100;

/// The rules, or notifications, of a tool.
pub(super) struct Rules<'a> {
    /// The driver, then the extensions.
    components: Vec<Component<'a>>,
    worst: OnceCell<Vec<Weight>>,
}

struct Component<'a> {
    name: Option<&'a str>,
    guid: Option<&'a str>,
    rules: Vec<Node<'a>>,
    by_id: BTreeMap<&'a str, Vec<usize>>,
    by_guid: BTreeMap<String, Vec<usize>>,
}

/// How a result says which rule it breaks.
pub(super) struct Reference<'a> {
    node: Node<'a>,
    id: Option<&'a str>,
    guid: Option<String>,
    index: Option<Node<'a>>,
    component: Option<Node<'a>>,
}

/// What a rule says of the severity of its results.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub(super) struct Weight {
    pub(super) score: Option<f64>,
    pub(super) level: Option<Level>,
}

/// From mildest to worst.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    None,
    Note,
    #[default]
    Warning,
    Error,
}

impl<'a> Component<'a> {
    fn of(node: &Node<'a>, list: &str) -> Result<Self, KindError> {
        let text = |name| -> Result<Option<&'a str>, KindError> {
            node.optional(name)?.map(|node| node.text()).transpose()
        };
        let rules = node.each(list)?;
        let mut by_id: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        let mut by_guid: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (index, rule) in rules.iter().enumerate() {
            let of_id = by_id.entry(rule.field("id")?.text()?).or_default();
            of_id.push(index);
            let mut namesakes_count = of_id.len();
            if let Some(guid) = rule.optional("guid")? {
                let of_guid = by_guid
                    .entry(guid.text()?.to_ascii_lowercase())
                    .or_default();
                of_guid.push(index);
                namesakes_count = namesakes_count.max(of_guid.len());
            }
            if namesakes_count > NAMESAKES_MAX {
                return Err(rule.refuse(format!("more than {NAMESAKES_MAX} rules of one id")));
            }
        }
        Ok(Self {
            name: text("name")?,
            guid: text("guid")?,
            rules,
            by_id,
            by_guid,
        })
    }

    /// The rules called `id`, or those that it is a part of: `CA1000/1` is of `CA1000`.
    fn named(&self, id: &str) -> &[usize] {
        let mut id = id;
        loop {
            if let Some(found) = self.by_id.get(id) {
                return found;
            }
            match id.rsplit_once('/') {
                Some((whole, _)) => id = whole,
                None => return &[],
            }
        }
    }

    fn found(&self, reference: &Reference<'_>) -> Result<Vec<&Node<'a>>, KindError> {
        let of_guid = reference
            .guid
            .as_ref()
            .and_then(|guid| self.by_guid.get(guid));
        let indexes = match (of_guid, reference.id) {
            (Some(of_guid), _) => of_guid.as_slice(),
            (None, Some(id)) => self.named(id),
            (None, None) => &[],
        };
        let found: Vec<_> = indexes
            .iter()
            .filter_map(|at| self.rules.get(*at))
            .collect();
        for rule in &found {
            reference.agree(rule)?;
        }
        Ok(found)
    }
}

impl<'a> Rules<'a> {
    /// What the components of `tool` have in `list`.
    pub(super) fn of(tool: &Node<'a>, list: &str) -> Result<Self, KindError> {
        let mut components = vec![Component::of(&tool.field("driver")?, list)?];
        for extension in tool.each("extensions")? {
            components.push(Component::of(&extension, list)?);
        }
        Ok(Self {
            components,
            worst: OnceCell::new(),
        })
    }

    pub(super) fn count(&self) -> usize {
        self.components.iter().map(|one| one.rules.len()).sum()
    }

    /// The rules that `reference` names: several where an id is not unique.
    pub(super) fn named(&self, reference: &Reference<'_>) -> Result<Vec<&Node<'a>>, KindError> {
        let components = self.components(reference)?;
        let Some(index) = &reference.index else {
            let mut found = Vec::new();
            for component in components {
                found.extend(component.found(reference)?);
            }
            return Ok(found);
        };
        let [component, rest @ ..] = components.as_slice() else {
            return Err(index.refuse("there is no such rule"));
        };
        if reference.component.is_some() && !rest.is_empty() {
            return Err(index.refuse("several tool components have this name"));
        }
        let at = usize::try_from(index.count()?).unwrap_or(usize::MAX);
        let rule = component.rules.get(at);
        let rule = rule.ok_or_else(|| index.refuse("there is no such rule"))?;
        reference.agree(rule)?;
        Ok(vec![rule])
    }

    /// What `found`, the rules named, say; where `reference` is to one that is not there,
    /// what the worst of all say, and what none would.
    pub(super) fn weights(
        &self,
        reference: &Reference<'_>,
        found: &[&Node<'a>],
    ) -> Result<Vec<Weight>, KindError> {
        if !found.is_empty() {
            return found.iter().map(|rule| Weight::of(rule)).collect();
        }
        if reference.is_none() || self.count() == 0 {
            return Ok(vec![Weight::default()]);
        }
        if let Some(worst) = self.worst.get() {
            return Ok(worst.clone());
        }
        let worst = self.worst()?;
        Ok(self.worst.get_or_init(|| worst).clone())
    }

    /// The highest score, and each level of a rule without one.
    fn worst(&self) -> Result<Vec<Weight>, KindError> {
        let mut highest: Option<Weight> = None;
        let mut levels = vec![Weight::default()];
        for rule in self.components.iter().flat_map(|one| &one.rules) {
            let weight = Weight::of(rule)?;
            if weight.score.is_none() {
                if !levels.contains(&weight) {
                    levels.push(weight);
                }
            } else if highest.is_none_or(|highest| highest.score < weight.score) {
                highest = Some(weight);
            }
        }
        levels.extend(highest);
        Ok(levels)
    }

    fn components(&self, reference: &Reference<'_>) -> Result<Vec<&Component<'a>>, KindError> {
        let Some(node) = &reference.component else {
            return Ok(self.components.iter().collect());
        };
        let text = |name| match node.optional(name)? {
            Some(text) => Ok::<_, KindError>(Some(text.text()?.to_owned())),
            None => Ok(None),
        };
        let (name, guid, index) = (text("name")?, text("guid")?, index(node)?);
        let at = match &index {
            Some(index) => Some(usize::try_from(index.count()?).unwrap_or(usize::MAX)),
            // The format: a reference that says nothing is to the driver.
            None if name.is_none() && guid.is_none() => {
                return Ok(self.components.iter().take(1).collect());
            }
            None => None,
        };
        let says = |said: &Option<String>, is: Option<&str>| match (said, is) {
            (Some(said), Some(is)) => said.eq_ignore_ascii_case(is),
            (Some(_), None) => at.is_some(),
            (None, _) => true,
        };
        let found: Vec<_> = self
            .components
            .iter()
            .enumerate()
            .filter(|(place, one)| {
                at.is_none_or(|at| place.checked_sub(1) == Some(at))
                    && says(&name, one.name)
                    && says(&guid, one.guid)
            })
            .map(|(_, one)| one)
            .collect();
        if found.is_empty() {
            return Err(node.refuse("there is no such extension or driver"));
        }
        Ok(found)
    }
}

impl<'a> Reference<'a> {
    /// How `result` names its rule.
    pub(super) fn of_result(result: &Node<'a>) -> Result<Self, KindError> {
        let own_id = result.optional("ruleId")?.map(|id| id.text()).transpose()?;
        let own_index = place(result, "ruleIndex")?;
        let Some(rule) = result.optional("rule")? else {
            return Ok(Self {
                node: result.clone(),
                id: own_id,
                guid: None,
                index: own_index,
                component: None,
            });
        };
        let mut reference = Self::of_descriptor(rule)?;
        if let (Some(one), Some(other)) = (own_id, reference.id)
            && one != other
        {
            return Err(result.refuse(two_names("ruleId", one, "rule.id", other)));
        }
        if let (Some(one), Some(other)) = (&own_index, &reference.index)
            && one.count()? != other.count()?
        {
            return Err(one.refuse("is another than `rule.index`"));
        }
        reference.id = own_id.or(reference.id);
        reference.index = own_index.or(reference.index);
        Ok(reference)
    }

    /// How `node`, a reference to a reporting descriptor, names it.
    pub(super) fn of_descriptor(node: Node<'a>) -> Result<Self, KindError> {
        let id = node.optional("id")?.map(|id| id.text()).transpose()?;
        let guid = node.optional("guid")?.map(|guid| guid.text()).transpose()?;
        Ok(Self {
            id,
            guid: guid.map(str::to_ascii_lowercase),
            index: index(&node)?,
            component: node.optional("toolComponent")?,
            node,
        })
    }

    pub(super) fn id(&self) -> Option<&'a str> {
        self.id
    }

    fn is_none(&self) -> bool {
        self.id.is_none() && self.guid.is_none() && self.index.is_none()
    }

    /// Refuses `rule` where it is called something else.
    fn agree(&self, rule: &Node<'_>) -> Result<(), KindError> {
        let is = rule.field("id")?.text()?;
        if let Some(id) = self.id {
            let part = id.strip_prefix(is);
            if !part.is_some_and(|part| part.is_empty() || part.starts_with('/')) {
                return Err(self.node.refuse(two_names("the id", id, "the rule", is)));
            }
        }
        if let (Some(guid), Some(is)) = (&self.guid, rule.optional("guid")?)
            && !guid.eq_ignore_ascii_case(is.text()?)
        {
            return Err(self.node.refuse("names a rule of another guid"));
        }
        Ok(())
    }
}

impl Weight {
    /// What the properties and defaults of `rule` say.
    fn of(rule: &Node<'_>) -> Result<Self, KindError> {
        let level = match rule.optional("defaultConfiguration")? {
            Some(defaults) => Level::of(&defaults)?,
            None => None,
        };
        let score = score(rule)?;
        Ok(Self { score, level })
    }
}

impl Level {
    const ALL: [Self; 4] = [Self::None, Self::Note, Self::Warning, Self::Error];

    /// The `level` of `node`.
    pub(super) fn of(node: &Node<'_>) -> Result<Option<Self>, KindError> {
        let Some(level) = node.optional("level")? else {
            return Ok(None);
        };
        let text = level.one_of(&Self::ALL.map(Self::name))?;
        Ok(Self::ALL.into_iter().find(|one| one.name() == text))
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// `security-severity`, a CVSS-like score that tools write as text or number into the
/// properties of a result or of its rule.
pub(super) fn score(node: &Node<'_>) -> Result<Option<f64>, KindError> {
    let Some(properties) = node.optional("properties")? else {
        return Ok(None);
    };
    let Some(score) = properties.optional("security-severity")? else {
        return Ok(None);
    };
    let value = match score.value().as_str() {
        Some(text) => text.trim().parse().ok(),
        None => score.value().as_f64(),
    };
    match value {
        Some(value) if (0.0..=10.0).contains(&value) => Ok(Some(value)),
        _ => Err(score.refuse("expected a score from 0 to 10")),
    }
}

fn index<'a>(node: &Node<'a>) -> Result<Option<Node<'a>>, KindError> {
    place(node, "index")
}

fn place<'a>(node: &Node<'a>, name: &str) -> Result<Option<Node<'a>>, KindError> {
    // -1 is the format's way to say "none".
    let place = node.optional(name)?;
    Ok(place.filter(|place| place.value().as_i64() != Some(-1)))
}

fn two_names(what: &str, one: &str, beside: &str, other: &str) -> String {
    let (one, other) = (shortened(one, 80), shortened(other, 80));
    format!("contradicts itself: {what} is `{one}`, {beside} is `{other}`")
}
