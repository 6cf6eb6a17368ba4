//! Common names of several languages, and villages that do not exist.

/// The names of one language.
pub(super) struct Names {
    /// Family names.
    pub(super) family: &'static [&'static str],
    /// Women's given names.
    pub(super) female: &'static [&'static str],
    /// Men's given names.
    pub(super) male: &'static [&'static str],
}

/// East African, West African, Spanish, Vietnamese, Indian, Arabic, French and Ethiopian names.
pub(super) const LANGUAGES: &[Names] = &[
    Names {
        family: &[
            "Wanjiku", "Otieno", "Mwangi", "Achieng", "Kiprop", "Njoroge", "Wambui", "Odhiambo",
            "Mutua", "Kamau", "Chebet", "Omondi",
        ],
        female: &[
            "Amina", "Grace", "Faith", "Akinyi", "Wairimu", "Zawadi", "Neema", "Mercy", "Halima",
            "Rehema", "Joyce", "Esther",
        ],
        male: &[
            "Juma", "Baraka", "Daudi", "Kevin", "Hassan", "Peter", "Musa", "Samuel", "Kariuki",
            "Ochieng", "Elijah", "Simba",
        ],
    },
    Names {
        family: &[
            "Adéyẹmí",
            "Okafor",
            "Mensah",
            "Diallo",
            "Traoré",
            "Eze",
            "Boateng",
            "Bello",
            "Nwosu",
            "Owusu",
            "Touré",
            "Ọláwálé",
        ],
        female: &[
            "Ngozi",
            "Folákẹ́",
            "Ama",
            "Aïssatou",
            "Chidinma",
            "Abena",
            "Fatoumata",
            "Yetunde",
            "Efua",
            "Mariam",
            "Adaeze",
            "Kadiatou",
        ],
        male: &[
            "Emeka",
            "Kwame",
            "Olúṣẹ́gun",
            "Ibrahim",
            "Kofi",
            "Chukwu",
            "Mamadou",
            "Tunde",
            "Yaw",
            "Sékou",
            "Ifeanyi",
            "Moussa",
        ],
    },
    Names {
        family: &[
            "Quispe",
            "Mamani",
            "García",
            "Núñez",
            "Flores",
            "Huamán",
            "Choque",
            "Rodríguez",
            "Peña",
            "Condori",
            "López",
            "Ibáñez",
        ],
        female: &[
            "María", "Rosa", "Lucía", "Juana", "Noemí", "Inés", "Carmen", "Yolanda", "Pilar",
            "Teófila", "Ángela", "Marisol",
        ],
        male: &[
            "José", "Luis", "Andrés", "Ramón", "Víctor", "Julián", "Óscar", "Teodoro", "Felipe",
            "Raúl", "Martín", "Eusebio",
        ],
    },
    Names {
        family: &[
            "Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Đặng", "Bùi", "Đỗ", "Võ", "Huỳnh", "Lý",
            "Dương",
        ],
        female: &[
            "Thị Lan",
            "Hương",
            "Mai",
            "Ngọc",
            "Thu Hà",
            "Yến",
            "Phượng",
            "Bích",
            "Tuyết",
            "Hạnh",
            "Loan",
            "Diễm",
        ],
        male: &[
            "Văn Hùng",
            "Minh",
            "Đức",
            "Tuấn",
            "Quang",
            "Long",
            "Sơn",
            "Bảo",
            "Hiếu",
            "Khánh",
            "Phúc",
            "Thành",
        ],
    },
    Names {
        family: &[
            "Sharma", "Devi", "Patel", "Kumari", "Singh", "Gurung", "Tamang", "Das", "Yadav",
            "Rai", "Thapa", "Begum",
        ],
        female: &[
            "Sunita", "Lakshmi", "Anjali", "Sita", "Meena", "Radha", "Kamala", "Priya", "Gita",
            "Parvati", "Asha", "Nirmala",
        ],
        male: &[
            "Ram", "Suresh", "Bikash", "Arjun", "Mohan", "Rajesh", "Dipak", "Krishna", "Anil",
            "Hari", "Prakash", "Sanjay",
        ],
    },
    Names {
        family: &[
            "al-Masri", "Haddad", "Khalil", "Mansour", "Saleh", "Najjar", "Darwish", "Hamdan",
            "Aziz", "Sabbagh", "Bakri", "Rahman",
        ],
        female: &[
            "Fatima", "Layla", "Aisha", "Zaynab", "Maryam", "Samira", "Nour", "Hanan", "Salma",
            "Khadija", "Amal", "Rania",
        ],
        male: &[
            "Ahmad", "Yusuf", "Omar", "Khalid", "Mahmoud", "Ali", "Tariq", "Bilal", "Nabil",
            "Karim", "Rashid", "Faisal",
        ],
    },
    Names {
        family: &[
            "Rakotomalala",
            "Jean-Baptiste",
            "Désiré",
            "Lefèvre",
            "Andrianarivo",
            "Pierre",
            "Célestin",
            "Toussaint",
            "Ravaloson",
            "Moïse",
            "Bénédict",
            "Randria",
        ],
        female: &[
            "Françoise",
            "Hélène",
            "Noëlle",
            "Josette",
            "Mireille",
            "Zoé",
            "Thérèse",
            "Voahangy",
            "Lalao",
            "Édith",
            "Solange",
            "Claire",
        ],
        male: &[
            "Jean",
            "François",
            "Hervé",
            "René",
            "Jérôme",
            "Rivo",
            "Étienne",
            "Noël",
            "Hery",
            "Léon",
            "Gérard",
            "Solofo",
        ],
    },
    Names {
        family: &[
            "Bekele", "Tesfaye", "Haile", "Girma", "Desta", "Abebe", "Mulugeta", "Kebede",
            "Tadesse", "Alemu", "Worku", "Assefa",
        ],
        female: &[
            "Almaz", "Tigist", "Selam", "Meseret", "Hiwot", "Genet", "Aster", "Birtukan", "Lemlem",
            "Marta", "Yeshi", "Senait",
        ],
        male: &[
            "Dawit", "Yohannes", "Getachew", "Mulu", "Solomon", "Tekle", "Biruk", "Amare", "Fikru",
            "Negash", "Daniel", "Zerihun",
        ],
    },
];

/// Villages and their districts; none of them exists.
pub(super) const VILLAGES: &[(&str, &str)] = &[
    ("Upper Well", "Stonebridge"),
    ("Lower Well", "Stonebridge"),
    ("Three Palms", "Stonebridge"),
    ("Old Ferry", "Riverbend"),
    ("Salt Landing", "Riverbend"),
    ("Reed Island", "Riverbend"),
    ("Kilima Kidogo", "Highfield"),
    ("Terrace Nine", "Highfield"),
    ("Windgap", "Highfield"),
    ("Santa Rosalía de Arriba", "Highfield"),
    ("Bến Cũ", "Riverbend"),
    ("Market Cross", "Stonebridge"),
    ("Tin Roofs", "Farroad"),
    ("Camel Halt", "Farroad"),
    ("Last Acacia", "Farroad"),
    ("Border Post", "Farroad"),
];
