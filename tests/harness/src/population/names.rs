//! Common names of several languages, and villages that do not exist.

use std::sync::LazyLock;

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::pick;

/// The names of one language.
pub(super) struct Names {
    /// Family names.
    pub(super) family: Vec<&'static str>,
    /// Women's given names.
    pub(super) female: Vec<&'static str>,
    /// Men's given names.
    pub(super) male: Vec<&'static str>,
}

/// Kenyan, West African, Spanish, Vietnamese, Indian, Arabic, French, Ethiopian, Portuguese and Tagalog names.
pub(super) static LANGUAGES: LazyLock<Vec<Names>> =
    LazyLock::new(|| TEXTS.iter().map(names).collect());

fn names(text: &[&'static str; 3]) -> Names {
    let words = |it: &'static str| it.split_whitespace().collect();
    let [family, female, male] = *text;
    Names {
        family: words(family),
        female: words(female),
        male: words(male),
    }
}

/// Returns somebody's name as a note has it: a given name, sometimes with the family's first letter.
pub(super) fn somebody(rng: &mut ChaCha8Rng) -> String {
    let names = pick(rng, LANGUAGES.as_slice());
    let given = if rng.random_bool(0.5) {
        &names.female
    } else {
        &names.male
    };
    let given = *pick(rng, given.as_slice());
    match pick(rng, names.family.as_slice()).chars().next() {
        Some(initial) if rng.random_bool(0.5) => format!("{given} {initial}"),
        Some(_) | None => given.to_owned(),
    }
}

/// Family, women's and men's names of each language.
const TEXTS: &[[&str; 3]] = &[
    [
        "Wanjiku Otieno Mwangi Achieng Kiprop Njoroge Wambui Odhiambo Mutua Kamau Chebet Omondi Kimani Muthoni Kiplagat \
         Nyambura Onyango Wekesa Barasa Mutiso Kilonzo Auma Njeri Kariuki Langat Cheruiyot Nduta Makau Simiyu Okello",
        "Amina Grace Faith Akinyi Wairimu Zawadi Neema Mercy Halima Rehema Joyce Esther Atieno Nafula Jepkosgei Makena \
         Subira Pendo Furaha Mwende Kerubo Nekesa Tumaini Asha Naomi Lilian",
        "Juma Baraka Daudi Kevin Hassan Peter Musa Samuel Gitau Ochieng Elijah Simba Jabari Kipchoge Mumo Odongo Rashid \
         Salim Tito Wafula Yusuf Zuberi Brian Dennis Kibet Mutinda",
    ],
    [
        "Adéyẹmí Okafor Mensah Diallo Traoré Eze Boateng Bello Nwosu Owusu Touré Ọláwálé Asante Okonkwo Danjuma Keïta \
         Coulibaly Sow Balogun Chukwu Addo Fofana Agyeman Ibrahim Nwachukwu Ndiaye Sarr Amadi Bangura Kamara",
        "Ngozi Folákẹ́ Ama Aïssatou Chidinma Abena Fatoumata Yetunde Efua Mariam Adaeze Kadiatou Akosua Bisi Hauwa Ìfẹ́ \
         Nneka Ramatou Serwaa Titilayo Uche Zainab Awa Bintou Esi Ifeoma",
        "Chinedu Kwame Mamadou Tunde Kofi Oumar Emeka Yaw Ibrahima Segun Amadou Kojo Obinna Femi Kwabena Moussa Ikenna \
         Lamine Nnamdi Olu Sékou Usman Babatunde Cheikh Ebo Gbenga",
    ],
    [
        "García Núñez Quispe Mamani Flores Ramírez Choque Huamán Peña Rojas Íñiguez Muñoz Condori Apaza Castillo Vargas \
         Gutiérrez Salazar Chávez Ríos Paredes Ticona Medina Córdova Espinoza Yupanqui Ibáñez Acosta Zárate Loayza",
        "María Rosa Lucía Inés Carmen Ana Concepción Dolores Yolanda Verónica Nayra Belén Julia Mercedes Sofía Ximena \
         Gladys Norma Paola Raquel Soledad Teresa Vilma Wayra Elvira Fátima",
        "José Juan Luis Andrés Ramón Jesús Ángel Martín Óscar Wilson Edgar Félix Hernán Julián Marcelo Néstor Pablo Raúl \
         Simón Tomás Víctor Amaru Benito Cristóbal Darío Eusebio",
    ],
    [
        "Nguyễn Trần Lê Phạm Hoàng Phan Vũ Đặng Bùi Đỗ Hồ Ngô Dương Lý Đinh Trịnh Mai Lâm Huỳnh Võ Cao Tạ Châu Quách Thái \
         Kiều Triệu Vương Tô Lương",
        "Hoa Lan Mai Hương Thu Hằng Ngọc Phương Thảo Linh Yến Tuyết Hạnh Nhung Quỳnh Oanh Trang Vân Xuân Bích Cúc Diễm \
         Giang Hiền Khánh Liên",
        "Hùng Dũng Minh Tuấn Anh Đức Sơn Nam Long Quang Thắng Hải Bình Cường Duy Hiếu Khoa Lộc Nghĩa Phúc Quân Tài Thành \
         Trung Vinh Đạt",
    ],
    [
        "Sharma Patel Reddy Das Murmu Kisku Hansda Yadav Kumar Singh Bai Nair Gupta Soren Mahato Joshi Rao Naik Thakur \
         Tudu Pillai Chauhan Mishra Oraon Gond Bhil Iyer Verma Shaikh Lakra",
        "Lakshmi Sita Radha Priya Sunita Anjali Kavita Meena Geeta Savitri Parvati Usha Rekha Champa Phulmani Deepa \
         Jyoti Kamla Leela Manju Nirmala Pushpa Rupa Sarita Tara Vidya",
        "Ramesh Suresh Arjun Krishna Mohan Ravi Vijay Anil Rajesh Ganesh Hari Birsa Sunil Dinesh Gopal Ishwar Jagdish \
         Kailash Lalit Mahesh Naresh Om Prakash Raghu Sanjay Tarun",
    ],
    [
        "Al-Masri Haddad Khoury Al-Sayed Nasser Mansour Al-Hakim Saleh Darwish Ayyoub Hamdan Qasim Barakat Farah Shahin \
         Al-Amin Zaki Habib Kanaan Issa Suleiman Tawfiq Abbas Jaber Halabi Najjar Rahal Sabbagh Attar Bishara",
        "Fatima Zahra Khadija Layla Salma Noura Huda Rania Samira Yasmin Amal Dalia Farida Ghada Hanan Iman Jamila Karima \
         Lubna Maha Nadia Rasha Sawsan Thuraya Widad Zaynab",
        "Ahmad Mohammed Ali Omar Khalid Yousef Ibrahim Mahmoud Tariq Bilal Karim Sami Adel Bashir Fadi Ghassan Hadi \
         Ismail Jamal Kamal Majid Nabil Rami Said Walid Ziad",
    ],
    [
        "Dubois Mukendi Ilunga Kabongo Tshibangu Mbala Rasoanaivo Andriamanana Rakoto Lefèvre Bélanger Gagné Kasongo \
         Mbuyi Ngalula Mutombo Kalala Nsenga Ratsimba Ravelo Hériveaux Désir Augustin Célestin Pierre-Louis Dorvil \
         Étienne Joseph Toussaint Noël",
        "Béatrice Clémence Espérance Joséphine Marie-Thérèse Solange Véronique Hélène Chantal Nadège Voahangy Bodo \
         Antoinette Bernadette Célestine Dieudonnée Eugénie Françoise Georgette Honorine Irène Jacqueline Ketty Lovely \
         Mirlande Noëlla",
        "Jean-Baptiste Dieudonné Célestin Augustin Rémy Gérard Didier Théophile Hery Tahina Patrice Moïse Anselme Blaise \
         Cyprien Désiré Emmanuel Fidèle Guy-Noël Hilaire Innocent Jules Kennedy Lucien Modeste Onésime",
    ],
    [
        "Tesfaye Bekele Haile Gebre Alemu Desta Tadesse Wolde Mekonnen Girma Assefa Kebede Abebe Negash Worku Lemma \
         Zewde Ayele Demissie Eshetu Fikre Gizaw Hagos Jemberu Kassa Legesse Mulugeta Nega Seyoum Tilahun",
        "Almaz Tigist Selam Hiwot Meseret Bethlehem Aster Yeshi Genet Mulu Rahel Saba Abeba Birtukan Chaltu Derartu \
         Ejigayehu Fantu Gete Kidist Lemlem Makda Netsanet Senait Tsehay Zenebech",
        "Abiy Bereket Dawit Ermias Fasil Getachew Henok Kaleb Mesfin Natnael Samson Yonas Amanuel Biniam Daniel Eyob \
         Fikru Gebru Habtamu Iskinder Jemal Kiros Leul Mehari Nebiyu Petros",
    ],
    [
        "Silva Santos Macuácua Chissano Tembe Sitoe Mondlane Cossa Guambe Nhantumbo Pereira Conceição Araújo Gonçalves \
         Magalhães Assunção Neto Kiala Domingos Muianga Zandamela Machava Langa Manjate Bila Matusse Ferrão Simões \
         Falcão Leitão",
        "Conceição Graça Isaura Luísa Assunção Fátima Helena Joana Lurdes Celeste Amélia Bernarda Custódia Deolinda \
         Esperança Filomena Glória Hortência Ilda Juvência Madalena Natércia Olinda Percina Rosalina Verónica",
        "João António Armando Inácio Estêvão Luís Simão Tomás Salvador Moisés Agostinho Belchior Custódio Domingos \
         Elísio Fernão Gil Horácio Isaías Jaime Lázaro Mateus Nélson Orlando Paulino Rogério",
    ],
    [
        "Reyes Cruz Bautista Dimaculangan Macaraeg Catacutan Pangilinan Magsaysay Dela-Cruz Ocampo Villanueva Santiago \
         Manalo Lacsamana Tolentino Batungbacal Panganiban Sumulong Agbayani Gatdula Dumalagan Katigbak Lualhati \
         Mabini Natividad Salonga Tatlonghari Umali Velasquez Zamora",
        "Maricel Jocelyn Rowena Imelda Ligaya Luzviminda Corazon Divina Marites Analyn Cherry Evangeline Girlie Hazel \
         Jovelyn Lailani Mayumi Nenita Perla Remedios Shirley Teresita Virgie Amihan Bituin Dalisay",
        "Rodel Jun-Jun Arnel Bayani Crisanto Dominador Efren Fidel Gregorio Honorio Isagani Jomar Kidlat Leandro Marlon \
         Nestor Onofre Ponciano Renato Severino Teofilo Ulysses Virgilio Wilfredo Dakila Alon",
    ],
];

/// Villages with their districts.
pub(super) const VILLAGES: &[(&str, &str)] = &[
    ("Upper Well", "Stonebridge"),
    ("Lower Well", "Stonebridge"),
    ("Three Palms", "Stonebridge"),
    ("Market Cross", "Stonebridge"),
    ("Potters Row", "Stonebridge"),
    ("Lime Kiln", "Stonebridge"),
    ("Old Ferry", "Riverbend"),
    ("Salt Landing", "Riverbend"),
    ("Reed Island", "Riverbend"),
    ("Bến Cũ", "Riverbend"),
    ("Heron Bank", "Riverbend"),
    ("Mill Ford", "Riverbend"),
    ("Kilima Kidogo", "Highfield"),
    ("Terrace Nine", "Highfield"),
    ("Windgap", "Highfield"),
    ("Santa Rosalía de Arriba", "Highfield"),
    ("Cloud Steps", "Highfield"),
    ("Nido del Cóndor", "Highfield"),
    ("Tin Roofs", "Farroad"),
    ("Camel Halt", "Farroad"),
    ("Last Acacia", "Farroad"),
    ("Border Post", "Farroad"),
    ("Dry Lake", "Farroad"),
    ("Kilometre 80", "Farroad"),
];
