//! Invented companies: as many as are wanted, the same in each run, and no two alike.

/// Endless numbers that look random, the same in each run (`SplitMix64`).
pub struct Numbers(u64);

impl Numbers {
    /// A sequence of its own.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let number = (z ^ (z >> 31)) >> 1;
        usize::try_from(number).unwrap_or(usize::MAX >> 1) % bound
    }

    /// A name that nobody guesses, 32 characters, as those are that clients give their requests.
    pub fn name(&mut self) -> String {
        let mut part = || self.below(1 << 32);
        format!("{:08x}{:08x}{:08x}{:08x}", part(), part(), part(), part())
    }

    fn one<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }
}

/// A company.
pub struct Company {
    /// «ООО «Ветромир Сервис»».
    pub name: String,
    /// The rare word of its name: of 5,529,600, so that few of a million share theirs.
    pub own: String,
    /// Its city.
    pub city: &'static str,
    /// Six digits.
    pub postal_code: String,
}

const FORMS: [&str; 4] = ["ООО", "АО", "ИП", "ЗАО"];
const FIRST: [&str; 24] = [
    "ветро",
    "снего",
    "стале",
    "лесо",
    "водо",
    "тепло",
    "свето",
    "море",
    "горо",
    "поле",
    "звездо",
    "камне",
    "хлебо",
    "медо",
    "авто",
    "авиа",
    "био",
    "гео",
    "медиа",
    "нефте",
    "радио",
    "теле",
    "электро",
    "энерго",
];
const MIDDLE: [&str; 20] = [
    "мир",
    "град",
    "строй",
    "транс",
    "торг",
    "пром",
    "снаб",
    "сбыт",
    "монтаж",
    "проект",
    "техно",
    "хим",
    "маш",
    "дор",
    "агро",
    "фарм",
    "текс",
    "метал",
    "керам",
    "пласт",
];
const LAST: [&str; 24] = [
    "ус",
    "ика",
    "он",
    "ант",
    "орг",
    "инвест",
    "союз",
    "центр",
    "плюс",
    "групп",
    "сиб",
    "урал",
    "волга",
    "дон",
    "кам",
    "нева",
    "обь",
    "ока",
    "юг",
    "север",
    "восток",
    "запад",
    "регион",
    "лайн",
];
const SECOND: [&str; 5] = ["Сервис", "Компания", "Завод", "Холдинг", "и партнёры"];
const CITIES: [&str; 40] = [
    "Саров",
    "Псков",
    "Москва",
    "Казань",
    "Самара",
    "Омск",
    "Томск",
    "Тула",
    "Тверь",
    "Уфа",
    "Пермь",
    "Пенза",
    "Рязань",
    "Курск",
    "Орёл",
    "Киров",
    "Чита",
    "Сочи",
    "Тамбов",
    "Липецк",
    "Калуга",
    "Брянск",
    "Вологда",
    "Мурманск",
    "Кемерово",
    "Барнаул",
    "Иркутск",
    "Якутск",
    "Магадан",
    "Сургут",
    "Тюмень",
    "Курган",
    "Ижевск",
    "Саранск",
    "Элиста",
    "Нальчик",
    "Майкоп",
    "Абакан",
    "Кызыл",
    "Анадырь",
];

/// The next company.
pub fn company(numbers: &mut Numbers) -> Company {
    let [first, second] = [numbers.one(&FIRST), numbers.one(&FIRST)];
    let [third, fourth] = [numbers.one(&MIDDLE), numbers.one(&MIDDLE)];
    let own = format!("{first}{second}{third}{fourth}{}", numbers.one(&LAST));
    let (form, second) = (numbers.one(&FORMS), numbers.one(&SECOND));
    let mut letters = own.chars();
    let capital = letters.next().map(|c| c.to_uppercase().collect::<String>()).unwrap_or_default();
    Company {
        name: format!("{form} «{capital}{} {second}»", letters.as_str()),
        city: numbers.one(&CITIES),
        postal_code: format!("{:06}", 100_000 + numbers.below(600_000)),
        own,
    }
}
