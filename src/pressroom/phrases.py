"""The fixed words of a report in the languages that reports speak.

One table, so that nothing is said in English only: `tests/pressroom/test_phrases.py` refuses a gap. A language that is not
in it reads English. What stands in braces is filled in by `phrase`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# In the order of the words below.
LANGUAGES: Final = ("en", "de", "fr", "es", "it", "nl", "pl", "pt", "sv", "da", "cs", "ja", "zh")

_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "page": (
        "Page {page}", "Seite {page}", "Page {page}", "Página {page}", "Pagina {page}", "Pagina {page}",
        "Strona {page}", "Página {page}", "Sida {page}", "Side {page}", "Strana {page}", "{page} ページ", "第 {page} 页",
    ),
    "page_of": (
        "Page {page} / {pages}", "Seite {page} / {pages}", "Page {page} / {pages}", "Página {page} / {pages}",
        "Pagina {page} / {pages}", "Pagina {page} / {pages}", "Strona {page} / {pages}", "Página {page} / {pages}",
        "Sida {page} / {pages}", "Side {page} / {pages}", "Strana {page} / {pages}", "{page} / {pages} ページ",
        "第 {page} / {pages} 页",
    ),
    "prepared": (
        "prepared {at}", "erstellt {at}", "établi le {at}", "elaborado el {at}", "preparato il {at}", "opgesteld {at}",
        "przygotowano {at}", "preparado em {at}", "framtagen {at}", "udarbejdet {at}", "připraveno {at}", "作成日時 {at}",
        "生成时间 {at}",
    ),
    "contents": (
        "Contents", "Inhalt", "Sommaire", "Índice", "Indice", "Inhoud", "Spis treści", "Índice", "Innehåll", "Indhold",
        "Obsah", "目次", "目录",
    ),
    "versus": (
        "vs {period}", "ggü. {period}", "contre {period}", "frente a {period}", "rispetto a {period}", "t.o.v. {period}",
        "wobec {period}", "face a {period}", "mot {period}", "mod {period}", "oproti {period}", "対 {period}", "较 {period}",
    ),
    "new": ("new", "neu", "nouveau", "nuevo", "nuovo", "nieuw", "nowe", "novo", "nytt", "nyt", "nové", "新規", "新增"),
    "target_met": (
        "Target {target} met", "Ziel {target} erreicht", "Objectif {target} atteint", "Objetivo {target} alcanzado",
        "Obiettivo {target} raggiunto", "Doel {target} gehaald", "Cel {target} osiągnięty", "Meta {target} atingida",
        "Målet {target} nått", "Målet {target} nået", "Cíl {target} splněn", "目標 {target} 達成", "已达目标 {target}",
    ),
    "target_below": (
        "{by} below target {target}", "{by} unter dem Ziel {target}", "{by} sous l'objectif {target}",
        "{by} por debajo del objetivo {target}", "{by} sotto l'obiettivo {target}", "{by} onder het doel {target}",
        "{by} poniżej celu {target}", "{by} abaixo da meta {target}", "{by} under målet {target}",
        "{by} under målet {target}", "{by} pod cílem {target}", "目標 {target} まで {by}", "低于目标 {target} {by}",
    ),
    "target_above": (
        "{by} above target {target}", "{by} über dem Ziel {target}", "{by} au-dessus de l'objectif {target}",
        "{by} por encima del objetivo {target}", "{by} sopra l'obiettivo {target}", "{by} boven het doel {target}",
        "{by} powyżej celu {target}", "{by} acima da meta {target}", "{by} över målet {target}",
        "{by} over målet {target}", "{by} nad cílem {target}", "目標 {target} を {by} 超過", "高于目标 {target} {by}",
    ),
    "total": (
        "Total", "Summe", "Total", "Total", "Totale", "Totaal", "Razem", "Total", "Totalt", "I alt", "Celkem", "合計", "合计",
    ),
    "avg": (
        "Average", "Durchschnitt", "Moyenne", "Promedio", "Media", "Gemiddelde", "Średnia", "Média", "Medelvärde",
        "Gennemsnit", "Průměr", "平均", "平均",
    ),
    "min": (
        "Lowest", "Niedrigster Wert", "Minimum", "Mínimo", "Minimo", "Laagste", "Najniższa", "Mínimo", "Lägsta", "Laveste",
        "Nejnižší", "最小", "最小",
    ),
    "max": (
        "Highest", "Höchster Wert", "Maximum", "Máximo", "Massimo", "Hoogste", "Najwyższa", "Máximo", "Högsta", "Højeste",
        "Nejvyšší", "最大", "最大",
    ),
    "no_rows": (
        "No rows.", "Keine Zeilen.", "Aucune ligne.", "Sin filas.", "Nessuna riga.", "Geen rijen.", "Brak wierszy.",
        "Nenhuma linha.", "Inga rader.", "Ingen rækker.", "Žádné řádky.", "行がありません。", "没有行。",
    ),
    "first_rows": (
        "The first {shown} of {rows} rows.", "Die ersten {shown} von {rows} Zeilen.",
        "Les {shown} premières lignes sur {rows}.", "Las primeras {shown} de {rows} filas.",
        "Le prime {shown} di {rows} righe.", "De eerste {shown} van {rows} rijen.", "Pierwsze {shown} z {rows} wierszy.",
        "As primeiras {shown} de {rows} linhas.", "De första {shown} av {rows} raderna.",
        "De første {shown} af {rows} rækker.", "Prvních {shown} z {rows} řádků.", "{rows} 行のうち最初の {shown} 行。",
        "共 {rows} 行，显示前 {shown} 行。",
    ),
    "all_rows_in": (
        "All rows are in {file}.", "Alle Zeilen stehen in {file}.", "Toutes les lignes sont dans {file}.",
        "Todas las filas están en {file}.", "Tutte le righe sono in {file}.", "Alle rijen staan in {file}.",
        "Wszystkie wiersze są w {file}.", "Todas as linhas estão em {file}.", "Alla rader finns i {file}.",
        "Alle rækker findes i {file}.", "Všechny řádky jsou v {file}.", "すべての行は {file} にあります。", "全部行见 {file}。",
    ),
    "all_kept_in": (
        "All {rows} rows are in {file}.", "Alle {rows} Zeilen stehen in {file}.", "Les {rows} lignes sont toutes dans {file}.",
        "Las {rows} filas están todas en {file}.", "Tutte le {rows} righe sono in {file}.",
        "Alle {rows} rijen staan in {file}.", "Wszystkie wiersze ({rows}) są w {file}.",
        "Todas as {rows} linhas estão em {file}.", "Alla {rows} rader finns i {file}.",
        "Alle {rows} rækker findes i {file}.", "Všechny řádky ({rows}) jsou v {file}.",
        "{rows} 行すべては {file} にあります。", "全部 {rows} 行见 {file}。",
    ),
    "all_columns_in": (
        "All columns are in {file}.", "Alle Spalten stehen in {file}.", "Toutes les colonnes sont dans {file}.",
        "Todas las columnas están en {file}.", "Tutte le colonne sono in {file}.", "Alle kolommen staan in {file}.",
        "Wszystkie kolumny są w {file}.", "Todas as colunas estão em {file}.", "Alla kolumner finns i {file}.",
        "Alle kolonner findes i {file}.", "Všechny sloupce jsou v {file}.", "すべての列は {file} にあります。", "全部列见 {file}。",
    ),
    "texts_shortened": (
        "Shortened texts: {count}.", "Gekürzte Texte: {count}.", "Textes abrégés : {count}.", "Textos abreviados: {count}.",
        "Testi abbreviati: {count}.", "Ingekorte teksten: {count}.", "Skrócone teksty: {count}.",
        "Textos abreviados: {count}.", "Förkortade texter: {count}.", "Forkortede tekster: {count}.",
        "Zkrácené texty: {count}.", "短縮されたテキスト: {count} 件。", "已截短的文本：{count} 条。",
    ),
    "whole_in": (
        "They are whole in {file}.", "Ungekürzt stehen sie in {file}.", "Ils sont entiers dans {file}.",
        "Están completos en {file}.", "Sono interi in {file}.", "Ze staan volledig in {file}.", "W całości są w {file}.",
        "Estão inteiros em {file}.", "De finns hela i {file}.", "De findes hele i {file}.", "Celé jsou v {file}.",
        "全文は {file} にあります。", "全文见 {file}。",
    ),
    "rows_hidden": (
        "{rows} rows, not shown here.", "{rows} Zeilen, hier nicht gezeigt.", "{rows} lignes, non affichées ici.",
        "{rows} filas, no se muestran aquí.", "{rows} righe, non mostrate qui.", "{rows} rijen, hier niet getoond.",
        "Wierszy: {rows}, tutaj niepokazane.", "{rows} linhas, não mostradas aqui.", "{rows} rader, visas inte här.",
        "{rows} rækker, vises ikke her.", "Řádků: {rows}, zde nezobrazeno.", "{rows} 行（ここには表示しません）。",
        "{rows} 行，此处不显示。",
    ),
    "all_of_group": (
        "Subtotals are of all rows of a group.", "Zwischensummen gelten für alle Zeilen einer Gruppe.",
        "Les sous-totaux portent sur toutes les lignes d'un groupe.",
        "Los subtotales son de todas las filas de un grupo.", "I subtotali valgono per tutte le righe di un gruppo.",
        "Subtotalen gelden voor alle rijen van een groep.", "Sumy częściowe obejmują wszystkie wiersze grupy.",
        "Os subtotais são de todas as linhas de um grupo.", "Delsummor gäller alla rader i en grupp.",
        "Deltotaler gælder alle rækker i en gruppe.", "Mezisoučty platí pro všechny řádky skupiny.",
        "小計はグループのすべての行の値です。", "小计包含该组的所有行。",
    ),
    "first_points": (
        "The first {shown} of {points} points.", "Die ersten {shown} von {points} Punkten.",
        "Les {shown} premiers points sur {points}.", "Los primeros {shown} de {points} puntos.",
        "I primi {shown} di {points} punti.", "De eerste {shown} van {points} punten.",
        "Pierwsze {shown} z {points} punktów.", "Os primeiros {shown} de {points} pontos.",
        "De första {shown} av {points} punkterna.", "De første {shown} af {points} punkter.",
        "Prvních {shown} z {points} bodů.", "{points} 点のうち最初の {shown} 点。", "共 {points} 个点，显示前 {shown} 个。",
    ),
    "stopped_at_rows": (
        "The query {query} was stopped at {rows} rows: the row limit was reached.",
        "Die Abfrage {query} wurde bei {rows} Zeilen beendet: die Zeilengrenze war erreicht.",
        "La requête {query} a été arrêtée à {rows} lignes : la limite de lignes était atteinte.",
        "La consulta {query} se detuvo en {rows} filas: se alcanzó el límite de filas.",
        "La query {query} è stata fermata a {rows} righe: raggiunto il limite di righe.",
        "De query {query} is gestopt bij {rows} rijen: de rijengrens was bereikt.",
        "Zapytanie {query} zatrzymano po {rows} wierszach: osiągnięto limit wierszy.",
        "A consulta {query} parou em {rows} linhas: o limite de linhas foi atingido.",
        "Frågan {query} stoppades vid {rows} rader: radgränsen nåddes.",
        "Forespørgslen {query} blev stoppet ved {rows} rækker: rækkegrænsen var nået.",
        "Dotaz {query} byl zastaven po {rows} řádcích: bylo dosaženo limitu řádků.",
        "クエリ {query} は行数の上限に達したため {rows} 行で停止しました。", "查询 {query} 达到行数上限，在 {rows} 行处停止。",
    ),
    "stopped_at_bytes": (
        "The query {query} was stopped at {rows} rows: the limit of {size} was reached.",
        "Die Abfrage {query} wurde bei {rows} Zeilen beendet: die Grenze von {size} war erreicht.",
        "La requête {query} a été arrêtée à {rows} lignes : la limite de {size} était atteinte.",
        "La consulta {query} se detuvo en {rows} filas: se alcanzó el límite de {size}.",
        "La query {query} è stata fermata a {rows} righe: raggiunto il limite di {size}.",
        "De query {query} is gestopt bij {rows} rijen: de grens van {size} was bereikt.",
        "Zapytanie {query} zatrzymano po {rows} wierszach: osiągnięto limit {size}.",
        "A consulta {query} parou em {rows} linhas: o limite de {size} foi atingido.",
        "Frågan {query} stoppades vid {rows} rader: gränsen på {size} nåddes.",
        "Forespørgslen {query} blev stoppet ved {rows} rækker: grænsen på {size} var nået.",
        "Dotaz {query} byl zastaven po {rows} řádcích: bylo dosaženo limitu {size}.",
        "クエリ {query} は {size} の上限に達したため {rows} 行で停止しました。", "查询 {query} 达到 {size} 的上限，在 {rows} 行处停止。",
    ),
    "open_report": (
        "Open the full report", "Ganzen Bericht öffnen", "Ouvrir le rapport complet", "Abrir el informe completo",
        "Apri il rapporto completo", "Open het volledige rapport", "Otwórz cały raport", "Abrir o relatório completo",
        "Öppna hela rapporten", "Åbn hele rapporten", "Otevřít celou zprávu", "レポート全体を開く", "打开完整报告",
    ),
    "full_report": (
        "The full report: {link}", "Der ganze Bericht: {link}", "Le rapport complet : {link}",
        "El informe completo: {link}", "Il rapporto completo: {link}", "Het volledige rapport: {link}",
        "Cały raport: {link}", "O relatório completo: {link}", "Hela rapporten: {link}", "Hele rapporten: {link}",
        "Celá zpráva: {link}", "レポート全体: {link}", "完整报告：{link}",
    ),
    "attached": (
        "Attached: {files}", "Angehängt: {files}", "En pièce jointe : {files}", "Adjunto: {files}", "In allegato: {files}",
        "Bijgevoegd: {files}", "W załączniku: {files}", "Em anexo: {files}", "Bifogat: {files}", "Vedhæftet: {files}",
        "V příloze: {files}", "添付: {files}", "附件：{files}",
    ),
    "chart": (
        "Chart", "Diagramm", "Graphique", "Gráfico", "Grafico", "Grafiek", "Wykres", "Gráfico", "Diagram", "Diagram",
        "Graf", "グラフ", "图表",
    ),
    "summary": (
        "Summary", "Übersicht", "Résumé", "Resumen", "Riepilogo", "Overzicht", "Podsumowanie", "Resumo",
        "Sammanfattning", "Oversigt", "Přehled", "概要", "摘要",
    ),
    "chart_data": (
        "Chart data", "Diagrammdaten", "Données des graphiques", "Datos de los gráficos", "Dati dei grafici",
        "Grafiekgegevens", "Dane wykresów", "Dados dos gráficos", "Diagramdata", "Diagramdata", "Data grafů",
        "グラフのデータ", "图表数据",
    ),
    "logo": (
        "Logo", "Logo", "Logo", "Logotipo", "Logo", "Logo", "Logo", "Logotipo", "Logotyp", "Logo", "Logo", "ロゴ", "标志",
    ),
    "table": (
        "Table", "Tabelle", "Tableau", "Tabla", "Tabella", "Tabel", "Tabela", "Tabela", "Tabell", "Tabel", "Tabulka",
        "表", "表格",
    ),
    "points": ("pp", "PP", "pt", "pp", "p.p.", "pp", "p.p.", "p.p.", "p.e.", "pp.", "p. b.", "ポイント", "个百分点"),
    "text_shortened": (
        "The text above shows the first {shown} of {rows} rows of {query}.",
        "Der Text darüber zeigt die ersten {shown} von {rows} Zeilen von {query}.",
        "Le texte ci-dessus montre les {shown} premières lignes sur {rows} de {query}.",
        "El texto anterior muestra las primeras {shown} de {rows} filas de {query}.",
        "Il testo qui sopra mostra le prime {shown} di {rows} righe di {query}.",
        "De tekst hierboven toont de eerste {shown} van {rows} rijen van {query}.",
        "Tekst powyżej pokazuje pierwsze {shown} z {rows} wierszy zapytania {query}.",
        "O texto acima mostra as primeiras {shown} de {rows} linhas de {query}.",
        "Texten ovan visar de första {shown} av {rows} raderna i {query}.",
        "Teksten ovenfor viser de første {shown} af {rows} rækker i {query}.",
        "Text výše ukazuje prvních {shown} z {rows} řádků dotazu {query}.",
        "上の文は {query} の {rows} 行のうち最初の {shown} 行を示します。", "上文显示 {query} 的 {rows} 行中的前 {shown} 行。",
    ),
    "first_row_only": (
        "These figures are those of the first of {rows} rows of the query {query}.",
        "Diese Zahlen sind die der ersten von {rows} Zeilen der Abfrage {query}.",
        "Ces chiffres sont ceux de la première des {rows} lignes de la requête {query}.",
        "Estas cifras son las de la primera de las {rows} filas de la consulta {query}.",
        "Queste cifre sono quelle della prima di {rows} righe della query {query}.",
        "Deze cijfers zijn die van de eerste van {rows} rijen van de query {query}.",
        "Te liczby pochodzą z pierwszego z {rows} wierszy zapytania {query}.",
        "Estes números são os da primeira das {rows} linhas da consulta {query}.",
        "Dessa siffror är från den första av {rows} rader i frågan {query}.",
        "Disse tal er fra den første af {rows} rækker i forespørgslen {query}.",
        "Tato čísla jsou z prvního z {rows} řádků dotazu {query}.",
        "これらの数値は、クエリ {query} の {rows} 行のうち最初の行のものです。", "这些数字来自查询 {query} 的 {rows} 行中的第一行。",
    ),
    "image": (
        "Image", "Bild", "Image", "Imagen", "Immagine", "Afbeelding", "Obraz", "Imagem", "Bild", "Billede", "Obrázek",
        "画像", "图片",
    ),
    "note": (
        "Note", "Hinweis", "Remarque", "Nota", "Nota", "Opmerking", "Uwaga", "Nota", "Obs", "Bemærk", "Poznámka", "注",
        "注",
    ),
    "about_report": (
        "About this report", "Über diesen Bericht", "À propos de ce rapport", "Acerca de este informe",
        "Informazioni su questo rapporto", "Over dit rapport", "O tym raporcie", "Sobre este relatório",
        "Om den här rapporten", "Om denne rapport", "O této zprávě", "このレポートについて", "关于本报告",
    ),
    "time_zone": (
        "Time zone", "Zeitzone", "Fuseau horaire", "Zona horaria", "Fuso orario", "Tijdzone", "Strefa czasowa",
        "Fuso horário", "Tidszon", "Tidszone", "Časové pásmo", "タイムゾーン", "时区",
    ),
    "author": (
        "Author", "Verfasser", "Auteur", "Autor", "Autore", "Auteur", "Autor", "Autor", "Författare", "Forfatter",
        "Autor", "作成者", "作者",
    ),
    "go_to_sheet": (
        "Go to the sheet {sheet}", "Zum Blatt {sheet}", "Aller à la feuille {sheet}", "Ir a la hoja {sheet}",
        "Vai al foglio {sheet}", "Naar blad {sheet}", "Przejdź do arkusza {sheet}", "Ir para a planilha {sheet}",
        "Gå till bladet {sheet}", "Gå til arket {sheet}", "Přejít na list {sheet}", "シート {sheet} へ移動", "转到工作表 {sheet}",
    ),
    "sheet_rows": (
        "{sheet}: {rows} rows", "{sheet}: {rows} Zeilen", "{sheet} : {rows} lignes", "{sheet}: {rows} filas",
        "{sheet}: {rows} righe", "{sheet}: {rows} rijen", "{sheet}: wierszy {rows}", "{sheet}: {rows} linhas",
        "{sheet}: {rows} rader", "{sheet}: {rows} rækker", "{sheet}: řádků {rows}", "{sheet}: {rows} 行",
        "{sheet}：{rows} 行",
    ),
    "sheet_lacks_subtotals": (
        "The sheet has no subtotals: with them there would be too many rows.",
        "Das Blatt hat keine Zwischensummen: mit ihnen wären es zu viele Zeilen.",
        "La feuille n'a pas de sous-totaux : il y aurait trop de lignes.",
        "La hoja no tiene subtotales: habría demasiadas filas.",
        "Il foglio non ha subtotali: le righe sarebbero troppe.",
        "Het blad heeft geen subtotalen: er zouden te veel rijen zijn.",
        "Arkusz nie ma sum częściowych: wierszy byłoby za dużo.",
        "A planilha não tem subtotais: haveria linhas demais.",
        "Bladet har inga delsummor: raderna skulle bli för många.",
        "Arket har ingen deltotaler: der ville være for mange rækker.",
        "List nemá mezisoučty: řádků by bylo příliš mnoho.", "行数が多すぎるため、このシートに小計はありません。", "行数过多，此工作表没有小计。",
    ),
    "total_of_sheets": (
        "Total of all sheets: {totals}", "Summe aller Blätter: {totals}", "Total de toutes les feuilles : {totals}",
        "Total de todas las hojas: {totals}", "Totale di tutti i fogli: {totals}", "Totaal van alle bladen: {totals}",
        "Razem ze wszystkich arkuszy: {totals}", "Total de todas as planilhas: {totals}",
        "Summa av alla blad: {totals}", "I alt på alle ark: {totals}", "Součet všech listů: {totals}",
        "全シートの合計: {totals}", "所有工作表合计：{totals}",
    ),
    "columns_part": (
        "columns {first} to {last} of {count}", "Spalten {first} bis {last} von {count}",
        "colonnes {first} à {last} sur {count}", "columnas {first} a {last} de {count}",
        "colonne da {first} a {last} di {count}", "kolommen {first} tot {last} van {count}",
        "kolumny od {first} do {last} z {count}", "colunas {first} a {last} de {count}",
        "kolumner {first} till {last} av {count}", "kolonner {first} til {last} af {count}",
        "sloupce {first} až {last} z {count}", "全 {count} 列中 {first} から {last} 列", "第 {first} 至 {last} 列，共 {count} 列",
    ),
    "gave_nothing": (
        "The query {query} gave no rows.", "Die Abfrage {query} ergab keine Zeilen.",
        "La requête {query} n'a donné aucune ligne.", "La consulta {query} no dio filas.",
        "La query {query} non ha dato righe.", "De query {query} gaf geen rijen.",
        "Zapytanie {query} nie zwróciło wierszy.", "A consulta {query} não retornou linhas.",
        "Frågan {query} gav inga rader.", "Forespørgslen {query} gav ingen rækker.",
        "Dotaz {query} nevrátil žádné řádky.", "クエリ {query} の結果は 0 行です。", "查询 {query} 没有返回行。",
    ),
    "nothing_to_draw": (
        "{title}: the query {query} gave no rows.", "{title}: Die Abfrage {query} ergab keine Zeilen.",
        "{title} : la requête {query} n'a donné aucune ligne.", "{title}: la consulta {query} no dio filas.",
        "{title}: la query {query} non ha dato righe.", "{title}: de query {query} gaf geen rijen.",
        "{title}: zapytanie {query} nie zwróciło wierszy.", "{title}: a consulta {query} não retornou linhas.",
        "{title}: frågan {query} gav inga rader.", "{title}: forespørgslen {query} gav ingen rækker.",
        "{title}: dotaz {query} nevrátil žádné řádky.", "{title}: クエリ {query} の結果は 0 行です。",
        "{title}：查询 {query} 没有返回行。",
    ),
    "may_be_incomplete": (
        "Its values may be incomplete.", "Ihre Werte können unvollständig sein.",
        "Ses valeurs peuvent être incomplètes.", "Sus valores pueden estar incompletos.",
        "I suoi valori possono essere incompleti.", "De waarden kunnen onvolledig zijn.",
        "Jego wartości mogą być niepełne.", "Seus valores podem estar incompletos.",
        "Dess värden kan vara ofullständiga.", "Dens værdier kan være ufuldstændige.",
        "Jeho hodnoty mohou být neúplné.", "値は不完全な場合があります。", "其值可能不完整。",
    ),
    "mail_shortened": (
        "This mail shows the beginning of the report; the rest of it is in the report itself.",
        "Diese Nachricht zeigt den Anfang des Berichts; das Übrige steht im Bericht selbst.",
        "Ce message montre le début du rapport ; la suite est dans le rapport lui-même.",
        "Este correo muestra el comienzo del informe; el resto está en el propio informe.",
        "Questo messaggio mostra l'inizio del rapporto; il resto è nel rapporto stesso.",
        "Dit bericht toont het begin van het rapport; de rest staat in het rapport zelf.",
        "Ta wiadomość pokazuje początek raportu; reszta jest w samym raporcie.",
        "Esta mensagem mostra o começo do relatório; o restante está no próprio relatório.",
        "Det här brevet visar början av rapporten; resten finns i själva rapporten.",
        "Denne mail viser begyndelsen af rapporten; resten findes i selve rapporten.",
        "Tato zpráva ukazuje začátek reportu; zbytek je v samotném reportu.", "このメールはレポートの冒頭です。続きはレポート本体にあります。",
        "此邮件只显示报告的开头，其余内容见报告本身。",
    ),
    "and": (
        "{first} and {second}", "{first} und {second}", "{first} et {second}", "{first} y {second}",
        "{first} e {second}", "{first} en {second}", "{first} i {second}", "{first} e {second}",
        "{first} och {second}", "{first} og {second}", "{first} a {second}", "{first}と{second}", "{first}和{second}",
    ),
    "chart_by": (
        "{measures} by {by}", "{measures} nach {by}", "{measures} par {by}", "{measures} por {by}",
        "{measures} per {by}", "{measures} per {by}", "{measures} według {by}", "{measures} por {by}",
        "{measures} per {by}", "{measures} efter {by}", "{measures} podle {by}", "{by}別の{measures}",
        "按{by}的{measures}",
    ),
    "chart_rows": (
        "{title}: {count} rows of {query}.", "{title}: {count} Zeilen von {query}.",
        "{title} : {count} lignes de {query}.", "{title}: {count} filas de {query}.",
        "{title}: {count} righe di {query}.", "{title}: {count} rijen van {query}.",
        "{title}: wierszy {query}: {count}.", "{title}: {count} linhas de {query}.",
        "{title}: {count} rader av {query}.", "{title}: {count} rækker af {query}.",
        "{title}: řádků {query}: {count}.", "{title}: {query} の {count} 行。", "{title}：{query} 的 {count} 行。",
    ),
    "chart_empty": (
        "{title}: no values.", "{title}: keine Werte.", "{title} : aucune valeur.", "{title}: sin valores.",
        "{title}: nessun valore.", "{title}: geen waarden.", "{title}: brak wartości.", "{title}: nenhum valor.",
        "{title}: inga värden.", "{title}: ingen værdier.", "{title}: žádné hodnoty.", "{title}: 値がありません。",
        "{title}：没有值。",
    ),
    "chart_point": (
        "{title}: {measure} of {count} points, lowest {low}, highest {high}.",
        "{title}: {measure}, Punkte: {count}, niedrigster Wert {low}, höchster {high}.",
        "{title} : {measure}, points : {count}, minimum {low}, maximum {high}.",
        "{title}: {measure}, puntos: {count}, mínimo {low}, máximo {high}.",
        "{title}: {measure}, punti: {count}, minimo {low}, massimo {high}.",
        "{title}: {measure}, punten: {count}, laagste {low}, hoogste {high}.",
        "{title}: {measure}, punktów: {count}, najniższa {low}, najwyższa {high}.",
        "{title}: {measure}, pontos: {count}, mínimo {low}, máximo {high}.",
        "{title}: {measure}, punkter: {count}, lägsta {low}, högsta {high}.",
        "{title}: {measure}, punkter: {count}, laveste {low}, højeste {high}.",
        "{title}: {measure}, bodů: {count}, nejnižší {low}, nejvyšší {high}.",
        "{title}: {measure}、{count} 点、最小 {low}、最大 {high}。", "{title}：{measure}，{count} 个点，最小 {low}，最大 {high}。",
    ),
    "chart_course": (
        "{title}: {measure} of {count} points, first {first}, last {last}, lowest {low}, highest {high}.",
        "{title}: {measure}, Punkte: {count}, erster Wert {first}, letzter {last}, niedrigster {low}, höchster {high}.",
        "{title} : {measure}, points : {count}, premier {first}, dernier {last}, minimum {low}, maximum {high}.",
        "{title}: {measure}, puntos: {count}, primero {first}, último {last}, mínimo {low}, máximo {high}.",
        "{title}: {measure}, punti: {count}, primo {first}, ultimo {last}, minimo {low}, massimo {high}.",
        "{title}: {measure}, punten: {count}, eerste {first}, laatste {last}, laagste {low}, hoogste {high}.",
        "{title}: {measure}, punktów: {count}, pierwsza {first}, ostatnia {last}, najniższa {low}, najwyższa {high}.",
        "{title}: {measure}, pontos: {count}, primeiro {first}, último {last}, mínimo {low}, máximo {high}.",
        "{title}: {measure}, punkter: {count}, första {first}, sista {last}, lägsta {low}, högsta {high}.",
        "{title}: {measure}, punkter: {count}, første {first}, sidste {last}, laveste {low}, højeste {high}.",
        "{title}: {measure}, bodů: {count}, první {first}, poslední {last}, nejnižší {low}, nejvyšší {high}.",
        "{title}: {measure}、{count} 点、最初 {first}、最後 {last}、最小 {low}、最大 {high}。",
        "{title}：{measure}，{count} 个点，首个 {first}，末个 {last}，最小 {low}，最大 {high}。",
    ),
}  # fmt: skip
_BY_LANGUAGE: Final = {language: position for position, language in enumerate(LANGUAGES)}


def phrase(locale: str, name: str, **values: object) -> str:
    """The words *name* in the language of the BCP 47 tag *locale*, filled with *values*."""
    language = locale.replace("_", "-").partition("-")[0].lower()
    return _WORDS[name][_BY_LANGUAGE.get(language, 0)].format(**values)


def names() -> list[str]:
    """The name of every phrase."""
    return list(_WORDS)
