//! The words that notes are made of: many of each, so that xz leaves about two bits of a letter, as it does of what
//! nurses write.

use std::sync::LazyLock;

/// A list of words or phrases.
pub(super) type Words = LazyLock<Vec<&'static str>>;

fn list(text: &'static str) -> Vec<&'static str> {
    text.split(',').map(str::trim).collect()
}

/// What is found or told.
pub(super) static FINDINGS: Words = LazyLock::new(|| {
    list(
        "pain, swelling, itching, numbness, weakness, stiffness, burning, bleeding, discharge, rash, blister, ulcer, \
         lump, tremor, cramp, cough, wheeze, dizziness, tingling, bruise, scab, crackle, murmur, click, tenderness, \
         warmth, redness, pallor, dryness, oozing, spasm, pressure, fullness, nausea, hiccups, sweating, chills, \
         fatigue, ache, bite mark, splinter, boil, callus, graze, burn, crust, nodule, wart, cyst, sprain, hoarseness, \
         stinging, throbbing, heaviness, tightness, vomiting, loose stools, constipation, bloating, heartburn, \
         palpitations, breathlessness, snoring, night sweats, fever, shivering, thirst, poor appetite, weight loss, \
         blurred vision, watering, squint, ringing, earache, sore throat, runny nose, sneezing, nosebleed, cracked lip, \
         bad breath, toothache, bleeding gums, neck lump, limp, cold fingers, pins and needles, twitching, fainting, \
         confusion, poor sleep, low mood, worry, tears, jaundice, puffiness, pus, foul smell, scaling, hair loss, \
         ringworm, scabies, lice, thorn, fishbone, dust in the eye, dark urine, frequency, dribbling, spotting, \
         heavy periods, missed period, cracked nipple, engorgement, stretch marks, contractions, fetal movement, \
         clots, varicose veins, cold sore, thrush, nappy rash, colic, teething, mouth sore, cradle cap, dry scalp",
    )
});

/// What it is like.
pub(super) static QUALITIES: Words = LazyLock::new(|| {
    list(
        "mild, severe, sharp, dull, steady, throbbing, colicky, constant, fleeting, worse, better, unchanged, dry, moist, \
         warm, cool, hard, soft, smooth, rough, mobile, fixed, red, pale, dark, yellow, clean, dirty, deep, shallow, old, \
         new, healing, weeping, crusted, tense, loose, round, flat, raised, diffuse, local, faint, loud, quick, slow, even, \
         uneven, swollen, thin, thick, clear, cloudy, bloody, sticky, watery, foul, sweet, sour, tender, painless, large, \
         small, tiny, broad, narrow, heavy, light, sudden, gradual, early, late, daily, weekly, rare, frequent, stubborn, \
         known, puzzling, settled, improving, returning, spreading, shrinking, itchy, shiny, peeling, cracked, ragged, \
         tidy, gaping, closed, sutured, bluish, greenish, brown, grey, white, pink, purple, mottled, freckled, hairy, \
         bald, sunken, bulging, drooping, twisted, straight, bent, stiff, floppy, cold, hot, sweaty, greasy, gritty, \
         spongy, rubbery, stringy, patchy, scattered, grouped, ring-like, branching, left over, hardly there, usual",
    )
});

/// Where it is.
pub(super) static PLACES: Words = LazyLock::new(|| {
    list(
        "forehead, temple, scalp, crown, cheek, chin, jaw, upper lip, lower lip, tongue, palate, gum, molar, throat, tonsil, \
         eyelid, eyebrow, cornea, pupil, ear canal, ear lobe, eardrum, nostril, neck, nape, collarbone, shoulder, armpit, \
         upper arm, elbow, forearm, wrist, palm, thumb, index finger, middle finger, ring finger, little finger, knuckle, \
         fingernail, breast, nipple, breastbone, rib, upper chest, lung base, apex beat, upper belly, navel, lower belly, \
         flank, groin, hip, buttock, tailbone, upper back, lower back, spine, thigh, knee, kneecap, hamstring, calf, shin, \
         ankle, heel, sole, instep, big toe, second toe, little toe, toenail, web space, liver edge, spleen tip, kidney, \
         bladder, womb, cervix, testicle, foreskin, perineum, anus, hairline, parting, sideburn, dimple, gland, scar line, \
         injection site, drip site, umbilical stump, fontanelle, milk tooth, wisdom tooth, Achilles tendon",
    )
});

/// Who is told of.
pub(super) static PEOPLE: Words = LazyLock::new(|| {
    list(
        "mother, father, sister, brother, aunt, uncle, grandmother, grandfather, cousin, niece, nephew, wife, husband, \
         son, daughter, neighbour, teacher, pastor, imam, chief, midwife, driver, shopkeeper, fisherman, herder, tailor, \
         mason, carpenter, guard, cook, cleaner, student, soldier, nurse, health worker, landlord, stepmother, twin, \
         mother-in-law, foreman, ferryman, beekeeper, potter, weaver, barber, headmaster, clerk, porter",
    )
});

/// What they did.
pub(super) static ACTIONS: Words = LazyLock::new(|| {
    list(
        "carried, washed, chopped, lifted, cooked, ate, drank, bought, sold, mended, dug, planted, harvested, dropped, \
         kicked, pulled, pushed, climbed, fell off, stepped on, was bitten by, chased, milked, slaughtered, painted, \
         burned, swept, stacked, loaded, unloaded, rode, pushed over, tripped on, slept on, sat on, borrowed, lost, found, \
         cleaned, broke, sharpened, tied, untied, rolled, threw, caught, buried, boiled, fried, roasted, ground, pounded, \
         sifted, soaked, wrung out, hung up, ironed, folded, stitched, nailed, sawed, welded, greased, pumped, hauled, \
         ferried, towed, hoisted, scrubbed, scraped, peeled, shelled, plucked, smoked, salted, traded, pawned, hid",
    )
});

/// With what.
pub(super) static THINGS: Words = LazyLock::new(|| {
    list(
        "maize, rice, cassava, beans, goat, cow, chicken, donkey, bucket, jerrycan, hoe, machete, bicycle, motorbike, cart, \
         canoe, net, rope, ladder, roof sheet, brick, sack, stove, kettle, lamp, mattress, blanket, mosquito net, radio, \
         battery, school bag, sandal, boot, fence, gate, well cover, water tank, pump, drum, guitar, football, axe, saw, \
         hammer, nail, needle, thread, sewing machine, loom, basket, mat, stool, table, door, window frame, mirror, comb, \
         razor, soap, bleach, paraffin, charcoal, firewood, thorn branch, mango, banana, papaya, pumpkin, yam, millet, \
         sorghum, groundnuts, sesame, fish, eel, dog, cat, pig, sheep, camel, ox, mule, rabbit, beehive, snake, scorpion, \
         wheelbarrow, plough, yoke, milk can, churn, grinder, mortar, pestle, pot, ladle, sieve, tyre, chain, spanner, jack, \
         lorry, bus, ferry, bridge rail, culvert, kerb, manhole, antenna, solar panel, cable, fuse box, phone, charger",
    )
});

/// What is measured.
pub(super) static MEASURES: Words = LazyLock::new(|| {
    list(
        "Fasting sugar, Random sugar, Haemoglobin, Peak flow, Fundal height, Arm circumference, Head circumference, \
         Urine output, Wound length, Wound width, Pain score, Visual acuity left, Visual acuity right, Ankle girth, \
         Calf girth, Waist, Capillary refill, Fetal heart rate, Creatinine, Bilirubin, White cells, Platelets, Potassium, \
         Sodium, CRP, ESR, Cholesterol, Weight at home, Sugar at home, Temp at home",
    )
});
