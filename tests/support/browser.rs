use super::{Api, Reply, TestOffice, unique};
use licentia::app::{self, Actor, HashedPassword, Office, Role, StaffChange};
use licentia::domain::customer::Language;
use licentia::domain::ids::StaffId;
use licentia::domain::staff::{Staff, StaffForm};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use totp_rs::{Algorithm, Builder};

/// What a browser keeps of the staff pages: cookies, and the token of its forms.
pub struct Browser {
    /// What the person signs in with.
    pub name: String,
    /// What it asks for pages in.
    pub language: &'static str,
    /// What it calls itself.
    pub agent: &'static str,
    api: Api,
    cookies: RefCell<BTreeMap<String, String>>,
    csrf: RefCell<String>,
    secret: RefCell<String>,
    person: Option<Staff>,
}

impl Browser {
    /// The password of everybody in the tests.
    pub const PASSWORD: &'static str = "correct horse battery staple";

    /// A browser in which nobody has signed in.
    pub fn new(office: &TestOffice) -> Self {
        Self::new_at(&office.url())
    }

    /// The same, at a server with this URL.
    pub fn new_at(url: &str) -> Self {
        Self {
            name: String::new(),
            language: "en",
            agent: "licentia-tests",
            api: Api::new(url),
            cookies: RefCell::default(),
            csrf: RefCell::default(),
            secret: RefCell::default(),
            person: None,
        }
    }

    /// A browser in which a new person of this role has signed in.
    pub fn signed_in(office: &TestOffice, role: Role) -> Self {
        Self::signed_in_with_email(office, role, "", Language::En)
    }

    /// The same, with an address and a language for notices.
    pub fn signed_in_with_email(
        office: &TestOffice,
        role: Role,
        email: &str,
        language: Language,
    ) -> Self {
        let inside = office.inside();
        let form = StaffForm {
            name: unique(role.as_str()),
            full_name: "Анна".into(),
            role: role.as_str().into(),
            email: email.into(),
            language: Some(language),
            password: Self::PASSWORD.into(),
        };
        let by = Actor::CommandLine("test".into());
        let hash = HashedPassword::new(&form.password, &inside.chance).unwrap();
        let person = app::add_staff(&inside, &by, None, &form, &hash).unwrap();
        own_password(&inside, &person.id);
        let mut browser = Self { name: person.name.clone(), ..Self::new(office) };
        assert_eq!(browser.sign_in(&person.name, Self::PASSWORD).status, 303);
        if person.needs_second_factor(inside.settings().second_factor_for_all) {
            browser.enrol(office).expect(200);
        }
        // A browser follows the redirect, and has a form of the session then.
        browser.call("GET", "/account", None).expect(200);
        browser.person = Some(person);
        browser
    }

    /// Sets a second factor up, whose secret it keeps.
    pub fn enrol(&self, office: &TestOffice) -> Reply {
        let page = self.call("GET", "/second-factor/enrol", None);
        let (_, rest) = page.text.split_once("<code class=\"all\">").expect("a secret");
        self.secret.replace(rest.split('<').next().unwrap_or_default().to_owned());
        let code = self.code(office);
        self.call("POST", "/second-factor/enrol", Some(&format!("code={code}")))
    }

    /// The secret in the authenticator.
    pub fn secret(&self) -> String {
        self.secret.borrow().clone()
    }

    /// Puts a secret into the authenticator.
    pub fn know(&self, secret: &str) {
        self.secret.replace(secret.to_owned());
    }

    /// The code that the authenticator shows now.
    pub fn code(&self, office: &TestOffice) -> String {
        code(&self.secret.borrow(), office.now().as_second().unsigned_abs())
    }

    /// Sends a code of the second factor.
    pub fn send_code(&self, code: &str) -> Reply {
        self.call("POST", "/second-factor", Some(&format!("code={code}")))
    }

    /// Fills the sign-in form in and sends it.
    pub fn sign_in(&self, name: &str, password: &str) -> Reply {
        self.call("GET", "/sign-in", None);
        let (name, password) = (name.replace('+', "%2B"), password.replace(' ', "+"));
        self.call("POST", "/sign-in", Some(&format!("name={name}&password={password}")))
    }

    /// Calls a page; a form goes with the session's token.
    pub fn call(&self, method: &str, path: &str, form: Option<&str>) -> Reply {
        let cookie = self.cookie();
        let body = form.map(|form| format!("{form}&csrf={}", self.csrf.borrow()));
        let mut headers = vec![
            ("cookie", cookie.as_str()),
            ("accept-language", self.language),
            ("user-agent", self.agent),
        ];
        if body.is_some() {
            headers.push(("content-type", "application/x-www-form-urlencoded"));
        }
        let reply = self.api.page(method, path, &headers, body.as_deref());
        for (_, cookie) in reply.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            let mut cookies = self.cookies.borrow_mut();
            if value.is_empty() {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        if let Some((_, rest)) = reply.text.split_once("name=\"csrf\" value=\"") {
            self.csrf.replace(rest.split('"').next().unwrap_or_default().to_owned());
        }
        reply
    }

    /// Who has signed in.
    pub fn id(&self) -> &StaffId {
        &self.person.as_ref().expect("somebody has signed in").id
    }

    /// The cookies, as the browser sends them.
    pub fn cookie(&self) -> String {
        let cookies = self.cookies.borrow();
        let pairs: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    /// The value of a cookie.
    pub fn cookie_of(&self, name: &str) -> Option<String> {
        self.cookies.borrow().get(name).cloned()
    }

    /// Another browser with these cookies of this one.
    pub fn with_cookies_of(&self, other: &Self, prefix: &str) {
        let cookies = other.cookies.borrow();
        let wanted = cookies.iter().filter(|(name, _)| name.starts_with(prefix));
        self.cookies.borrow_mut().extend(wanted.map(|(n, v)| (n.clone(), v.clone())));
    }

    /// Another browser with these cookies of this one, each changed in one character.
    pub fn with_invented_cookies_of(&self, other: &Self, prefix: &str) {
        self.with_cookies_of(other, prefix);
        let mut cookies = self.cookies.borrow_mut();
        for (_, value) in cookies.iter_mut().filter(|(name, _)| name.starts_with(prefix)) {
            let first = if value.starts_with('A') { "B" } else { "A" };
            value.replace_range(..1, first);
        }
    }

    /// The same browser at another server of the office.
    pub fn at(&self, url: &str) -> Self {
        Self { api: Api::new(url), ..self.copy() }
    }

    /// Another browser with this one's cookie and token, as a thief has them.
    pub fn copy(&self) -> Self {
        Self {
            name: self.name.clone(),
            api: self.api.clone(),
            cookies: self.cookies.clone(),
            csrf: self.csrf.clone(),
            secret: self.secret.clone(),
            language: self.language,
            agent: self.agent,
            person: self.person.clone(),
        }
    }

    /// The status of a call, with an empty form where one is sent.
    pub fn status(&self, method: &str, path: &str) -> u16 {
        self.call(method, path, (method == "POST").then_some("empty=")).status
    }

    /// The token of the session's forms.
    pub fn csrf(&self) -> String {
        self.csrf.borrow().clone()
    }

    /// A code of the second factor that was not used before: that of the next half minute.
    pub fn next_code(&self, office: &TestOffice) -> String {
        code(&self.secret.borrow(), office.now().as_second().unsigned_abs() + 30)
    }

    /// Shuts the person out.
    pub fn disable(&self, office: &TestOffice) {
        self.try_disable(office).unwrap();
    }

    /// Tries to shut the person out.
    pub fn try_disable(&self, office: &TestOffice) -> Result<Staff, app::Error> {
        let by = Actor::CommandLine("test".into());
        let id = self.id();
        app::change_staff(&office.inside(), &by, None, id, &StaffChange::Disable)
    }
}

/// Takes a person's password as one that they have chosen, which a person does on a page of its own.
pub fn own_password(inside: &Office, id: &StaffId) {
    let owned = inside.store.write(|tx| {
        let hash = tx.password(id)?.unwrap();
        tx.change_password(id, &hash, None)
    });
    owned.unwrap();
}

/// Every route that the sources of the pages have: method and path.
pub fn web_routes() -> BTreeSet<(String, String)> {
    let mut routes = BTreeSet::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(path).unwrap();
            for method in ["get", "post"] {
                for part in text.split(&format!("#[{method}(\"")).skip(1) {
                    let path = part.split('"').next().unwrap_or_default();
                    routes.insert((method.to_uppercase(), path.to_owned()));
                }
            }
        }
    }
    routes
}

fn code(secret: &str, now: u64) -> String {
    let secret = data_encoding::BASE32_NOPAD.decode(secret.as_bytes()).unwrap();
    let totp = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(30)
        .with_secret(secret)
        .build()
        .unwrap();
    totp.generate(now).to_string()
}
