// Parties by name: ISO 3166-1 alpha-3 codes by the alpha-2 that browsers have names for, and bodies.
import { ask } from "./api.js";
import { joined, make } from "./element.js";

const CODES =
  "AFGAF ALAAX ALBAL DZADZ ASMAS ANDAD AGOAO AIAAI ATAAQ ATGAG ARGAR ARMAM ABWAW AUSAU AUTAT AZEAZ BHSBS " +
  "BHRBH BGDBD BRBBB BLRBY BELBE BLZBZ BENBJ BMUBM BTNBT BOLBO BESBQ BIHBA BWABW BVTBV BRABR IOTIO BRNBN BGRBG BFABF " +
  "BDIBI CPVCV KHMKH CMRCM CANCA CYMKY CAFCF TCDTD CHLCL CHNCN CXRCX CCKCC COLCO COMKM COGCG CODCD COKCK CRICR CIVCI " +
  "HRVHR CUBCU CUWCW CYPCY CZECZ DNKDK DJIDJ DMADM DOMDO ECUEC EGYEG SLVSV GNQGQ ERIER ESTEE SWZSZ ETHET FLKFK FROFO " +
  "FJIFJ FINFI FRAFR GUFGF PYFPF ATFTF GABGA GMBGM GEOGE DEUDE GHAGH GIBGI GRCGR GRLGL GRDGD GLPGP GUMGU GTMGT GGYGG " +
  "GINGN GNBGW GUYGY HTIHT HMDHM VATVA HNDHN HKGHK HUNHU ISLIS INDIN IDNID IRNIR IRQIQ IRLIE IMNIM ISRIL ITAIT JAMJM " +
  "JPNJP JEYJE JORJO KAZKZ KENKE KIRKI PRKKP KORKR KWTKW KGZKG LAOLA LVALV LBNLB LSOLS LBRLR LBYLY LIELI LTULT LUXLU " +
  "MACMO MDGMG MWIMW MYSMY MDVMV MLIML MLTMT MHLMH MTQMQ MRTMR MUSMU MYTYT MEXMX FSMFM MDAMD MCOMC MNGMN MNEME MSRMS " +
  "MARMA MOZMZ MMRMM NAMNA NRUNR NPLNP NLDNL NCLNC NZLNZ NICNI NERNE NGANG NIUNU NFKNF MKDMK MNPMP NORNO OMNOM PAKPK " +
  "PLWPW PSEPS PANPA PNGPG PRYPY PERPE PHLPH PCNPN POLPL PRTPT PRIPR QATQA REURE ROURO RUSRU RWARW BLMBL SHNSH KNAKN " +
  "LCALC MAFMF SPMPM VCTVC WSMWS SMRSM STPST SAUSA SENSN SRBRS SYCSC SLESL SGPSG SXMSX SVKSK SVNSI SLBSB SOMSO ZAFZA " +
  "SGSGS SSDSS ESPES LKALK SDNSD SURSR SJMSJ SWESE CHECH SYRSY TWNTW TJKTJ TZATZ THATH TLSTL TGOTG TKLTK TONTO TTOTT " +
  "TUNTN TURTR TKMTM TCATC TUVTV UGAUG UKRUA AREAE GBRGB USAUS UMIUM URYUY UZBUZ VUTVU VENVE VNMVN VGBVG VIRVI WLFWF " +
  "ESHEH YEMYE ZMBZM ZWEZW";
const SHORT = new Map(CODES.split(" ").map((pair) => [pair.slice(0, 3), pair.slice(3)]));
const names = new Intl.DisplayNames(["en"], { type: "region", fallback: "none" });

const SMALL = new Set(["and", "at", "for", "in", "of", "on", "the", "to", "with"]);
const SHORTEST = 5;

// "kaz-kyzylorda-region" is "Kyzylorda Region (KAZ)", "unga" the short name "UNGA".
function bodyName(slug) {
  const words = slug.split("-").filter(Boolean);
  if (words.length === 1 && slug.length <= SHORTEST) return slug.toUpperCase();
  const state = words.length > 1 && SHORT.has(words[0].toUpperCase()) ? words.shift().toUpperCase() : null;
  const name = words.map((w, i) => (i && SMALL.has(w) ? w : w.charAt(0).toUpperCase() + w.slice(1))).join(" ");
  return state ? `${name} (${state})` : name;
}

// "KAZ" is Kazakhstan; "org:kaz-kyzylorda-region" is told by its own words.
export function partyName(party) {
  if (party.startsWith("org:")) return bodyName(party.slice(4));
  return (SHORT.has(party) && names.of(SHORT.get(party))) || party;
}

export const partyAddress = (party) => `/parties/${encodeURIComponent(party).replace("%3A", ":")}`;

export function partyLink(party) {
  return make("a", { href: partyAddress(party), title: party }, partyName(party));
}

// States by their codes, which a list has room for; each leads to the party.
export function partyCode(party) {
  if (party.startsWith("org:")) return partyLink(party);
  return make("a", { href: partyAddress(party), class: "code", title: partyName(party) }, party);
}

export function partyCodes(parties) {
  return joined((parties ?? []).map(partyCode), gapOf(parties));
}

// Codes stand side by side, longer names need a comma.
function gapOf(parties) {
  return (parties ?? []).some((party) => party.startsWith("org:")) ? ", " : " ";
}

export function partyLinks(parties) {
  return joined((parties ?? []).map(partyLink), ", ");
}

// [party, "Kazakhstan (325)"], the busiest first.
export async function partyChoices() {
  const { items } = await ask("parties", { limit: 500 });
  return items.map((p) => [p.party, `${partyName(p.party)} (${p.instruments + p.summits + p.commitments})`]);
}
