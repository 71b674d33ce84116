use jiff::civil::Date;
use std::fmt;
use std::str::FromStr;

/// The language of the panel and of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// `ru`
    Russian,
    /// `en`
    #[default]
    English,
}

impl Language {
    /// The language of a locale's name (`ru_RU.UTF-8`) or tag (`ru-RU`); English if in doubt.
    #[must_use]
    pub fn from_tag(tag: &str) -> Self {
        let language = tag.split(['_', '-', '.', '@']).next().unwrap_or_default();
        if language.eq_ignore_ascii_case("ru") { Self::Russian } else { Self::English }
    }

    /// The tag for `Accept-Language`: `ru` or `en`.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Russian => "ru",
            Self::English => "en",
        }
    }

    /// A date as the panel shows it: `31.10.2014` or `31 Oct 2014`.
    pub(crate) fn date(self, date: Date) -> String {
        match self {
            Self::Russian => date.strftime("%d.%m.%Y").to_string(),
            Self::English => date.strftime("%-d %b %Y").to_string(),
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

impl FromStr for Language {
    type Err = &'static str;

    /// Takes `ru` or `en` and nothing else.
    fn from_str(tag: &str) -> Result<Self, Self::Err> {
        match tag {
            "ru" => Ok(Self::Russian),
            "en" => Ok(Self::English),
            _ => Err("the language is `ru` or `en`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_russian_locale_gives_russian_and_any_other_english() {
        for tag in ["ru", "ru_RU.UTF-8", "ru-RU", "RU@euro"] {
            assert_eq!(Language::from_tag(tag), Language::Russian, "{tag}");
        }
        for tag in ["", "C", "POSIX", "en_US.UTF-8", "run", "de_DE"] {
            assert_eq!(Language::from_tag(tag), Language::English, "{tag}");
        }
    }
}
