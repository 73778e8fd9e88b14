"""What pages of the web say of themselves, in some large languages: how `junk` knows what is not the article."""

import re

LONGEST = 600
"""Characters of the longest paragraph that is compared with these phrases."""

START = re.compile(r"(?:[^\w©»›]|_)*")
"""What may stand before the first word of a paragraph, and is passed over."""
_WORDS = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


def words(line: str) -> str:
    """Return the words of a line in lower case, without numbers at its ends: how it is looked up here."""
    found = _WORDS.findall(line.casefold().replace("’", "'"))
    while found and found[0].isdecimal():
        found.pop(0)
    while found and found[-1].isdecimal():
        found.pop()
    return " ".join(found)


def _lines(text: str) -> frozenset[str]:
    return frozenset(words(line) for line in re.split(r"[|\n]", text) if line.strip())


COMMENTS = _lines("""
    comments | comment | view comments | view all comments | show comments | show all comments | hide comments
    load comments | load more comments | see all comments | read comments | read all comments | join the conversation
    join the discussion | join the debate | leave a comment | leave a reply | leave a response | leave your comment
    post a comment | post comment | post your comment | add a comment | add comment | add your comment | write a comment
    be the first to comment | no comments | no comments yet | comments are closed | comments off | comments closed
    what do you think | tell us what you think | share your thoughts | have your say | what's your reaction
    inline feedbacks | notify of | cancel reply | submit comment | reader comments | sign in to comment
    log in to comment | login to comment | comment on this story | start a conversation | have your say give us feedback
    kommentare | kommentar schreiben | kommentar hinterlassen | schreiben sie einen kommentar | ihr kommentar
    schreibe einen kommentar | diskutieren sie mit | kommentare anzeigen | antwort abbrechen
    commentaires | laisser un commentaire | laissez un commentaire | ajouter un commentaire | voir les commentaires
    votre commentaire | poster un commentaire | lire les commentaires
    comentarios | deja un comentario | dejar un comentario | deja una respuesta | escribe un comentario
    ver comentarios | comentários | deixe um comentário | deixe uma resposta | deixe seu comentário | ver comentários
    commenti | lascia un commento | lascia una risposta | reacties | plaats een reactie | tinggalkan balasan | komentar
    комментарии | оставить комментарий | добавить комментарий | yorumlar | yorum yap
    評論 | 评论 | 发表评论 | コメント | コメントを残す | تعليقات | التعليقات | اترك تعليقا | टिप्पणियाँ
""")
"""Headings and buttons of a place for comments: what follows was written by others."""

RELATED = _lines("""
    more | related | related articles | related stories | related news | related posts | related content | related links
    related topics | related coverage | related reading | related video | related videos | related items | related tags
    read more | read also | also read | read next | what to read next | more stories | more news | more headlines
    more top stories | more like this | more articles | more posts | more on this | more on this story | more to read
    more on this topic | more in this section | more from this section | more from the web | more stories like this one
    more from author | more from this author | more by this author | more coverage | more to explore
    more from around the web | from around the web | around the web | from the web | elsewhere on the web
    you may like | you may also like | you might like | you might also like | you might also enjoy | you may have missed
    you may also be interested in | you may be interested in | you might be interested in | you may like these posts
    recommended | recommended for you | recommended stories | recommended articles | recommended reading
    recommended videos | suggested for you | picked for you | top picks | editor's picks | editors' picks
    editors picks | editor's choice | most read | most viewed | most popular | most shared | most commented
    most recent | most watched | must read | must reads | must watch | must see | popular posts | popular stories
    popular articles | popular now | popular news | trending | trending now | trending stories
    trending news | trending articles | trending topics
    latest news | latest stories | latest articles | latest posts | latest headlines | latest videos | top stories
    top news | top headlines | more top news | today's top stories | recent posts | recent articles | recent stories
    recent news | recent comments | in case you missed it | other stories | other articles | see also | keep reading
    promoted | promoted stories | promoted content | sponsored | sponsored content | sponsored stories | sponsored links
    partner content | from our partners | paid content | paid post | our partners | news from around the web
    featured stories | featured posts | featured articles | featured videos | watch next | more videos | upcoming events
    previous post | next post | previous article | next article | post navigation | previous story | next story
    about the author | about author | photo gallery | photo galleries | tags | topics | topics in this article
    explore more | stay connected | stay informed | stay updated | stay up to date | stay in touch | follow us
    connect with us | site index | site information | site map | sitemap | quick links | read more stories
    what others are reading
    das könnte sie auch interessieren | das könnte dich auch interessieren | mehr zum thema | mehr zu diesem thema
    lesen sie auch | auch interessant | meistgelesen | weitere artikel | weitere beiträge | ähnliche artikel
    ähnliche beiträge | verwandte artikel | weitere beiträge zum thema | neueste beiträge | zum thema
    à lire aussi | lire aussi | sur le même sujet | articles liés | articles similaires | les plus lus
    voir aussi | dans la même rubrique | plus d'articles
    noticias relacionadas | artículos relacionados | lo más leído | más leídas | más noticias | te puede interesar
    también te puede interesar | le puede interesar | te recomendamos | últimas noticias | ver también | lee también
    notícias relacionadas | artigos relacionados | mais lidas | leia também | leia mais | veja também | saiba mais
    últimas notícias | você pode gostar | posts relacionados | artikel terkait | berita terkait | terkait | baca juga
    articoli correlati | leggi anche | ti potrebbe interessare | i più letti | potrebbe interessarti
    lees ook | lees meer | gerelateerde artikelen | meest gelezen | читайте также | похожие статьи | по теме
    другие новости | популярное | ilgili haberler | benzer haberler | çok okunanlar
    相關新聞 | 相关新闻 | 相关阅读 | 相关文章 | 延伸阅读 | 推荐阅读 | 热门文章 | 関連記事 | おすすめ | 人気記事
    関連ニュース | اقرأ أيضا | مواضيع ذات صلة | الأكثر قراءة | أخبار ذات صلة | यह भी पढ़ें | संबंधित खबरें
""")
"""Headings over links to other articles, and over what else a site puts under an article."""

BUTTONS = _lines("""
    share | share this | share this story | share this article | share this post | share this page | share this entry
    share on | share via | share article | share it | sharing is caring | shares | share with friends | social share
    share options | share on social media | share your thoughts with friends | copy link | copy url | link copied
    get short url | copy shortlink | facebook | twitter | instagram | youtube | linkedin | pinterest | reddit | tumblr
    whatsapp | telegram | tiktok | snapchat | messenger | flipboard | google+ | google plus | bluesky | mastodon
    vkontakte | odnoklassniki | weibo | wechat | stumbleupon | digg | vk | viber | skype | rss | rss feed
    facebook twitter | facebook twitter email | tweet share | tweet share comment | facebook twitter pinterest email
    facebook twitter whatsapp | facebook twitter linkedin | share share | share print | share tweet | share save
    email | e-mail | print | print this | print article | print this article | print this page | email this
    email this article | email article | tweet | tweet this | pin it | save article | save this story | bookmark
    bookmark this | like this | like loading | gift article | gift this article | listen to article
    listen to this article | add to favorites | follow | following | follow us on | follow me | follow topics
    text size | font size | resize text | increase font size | reply | report comment | permalink | upvote | downvote
    newest | oldest | most voted | sort by | print this article share it with friends | sign in | sign up | sign out
    log in | login | log out | logout | register | create account | create an account | my account | join now
    join us | subscribe | subscribe now | subscribe today | subscribe here | subscribe sign in | sign in subscribe
    sign in register | log in register | register now | become a member | newsletter | newsletters
    already a subscriber | already a member | already have an account | forgot password | forgot your password
    remember me | continue with google | continue with facebook | sign in with google | free newsletter | get started
    start your free trial | try it free | donate | donate now | support us | make a donation | enter your email
    enter your email address | your email | your email address | email address | your name | full name | first name
    last name | username | password | submit | send | cancel | close | dismiss | accept all | accept cookies
    accept all cookies | reject all | i accept | i agree | got it | no thanks | not now | manage cookies
    manage preferences | cookie settings | cookie preferences | cookie policy | cookies | privacy policy
    privacy notice | privacy | terms of use | terms of service | term of use | terms and conditions | terms conditions
    terms privacy | user agreement | ad choices | adchoices | your ad choices | disclaimer
    do not sell my personal information | do not sell my info | do not sell or share my personal information
    accessibility statement | imprint | legal notice | contact | contact us | about us | about me | careers
    advertise | advertise with us | help center | faq | faqs | feedback | leave feedback | send us feedback
    rights and permissions | reprints | reprints and permissions | request reprint | report a typo | report an error
    report a correction | report this ad | report ad | suggest a correction | submit a correction | send us a tip
    submit a tip | ethics policy | editorial standards | home | homepage | home page | back to top | to top
    scroll to top | scroll back to top | go to top | return to top | menu | main menu | navigation | search
    search form | search for | search search | toggle navigation | toggle menu | open menu | close menu | close search
    skip to content | skip to main content | skip navigation | skip to navigation | skip to site index
    skip to article | skip to primary navigation | skip to footer | jump to content | jump to navigation | next
    previous | prev | previous next | prev next | next prev | next page | previous page | show more | show less
    see all | see more | view all | view more | load more | learn more | find out more | click here | more info
    read full article | read full story | read the full story | read the full article | full article | full story
    to read the full story | open in app | get the app | download the app | download our app
    available on the app store | google play | app store | live tv | loading comments | please wait | you are here
    you're here | select language | translate | breadcrumb | breadcrumbs | popular searches | go to home page
    all rights reserved | was this article helpful | did you like this article
    like this story share it with a friend | rate this article | teilen | drucken | merken | anmelden | abonnieren
    impressum | datenschutz | nach oben | zurück | weiterlesen | mehr anzeigen | startseite | suche
    zum inhalt springen | newsletter abonnieren | antworten | partager | imprimer | s'abonner | se connecter
    s'inscrire | mentions légales | accueil | haut de page | lire la suite | rechercher | aller au contenu
    suivez-nous | réagir | compartir | imprimir | suscríbete | suscribirse | iniciar sesión | regístrate | inicio
    buscar | aviso legal | política de privacidad | política de cookies | seguir leyendo | leer más | ver más
    síguenos | compartilhar | compartilhe | assine | entrar | continue lendo | pular para o conteúdo | busca
    siga-nos | responder | comentar | bagikan | cetak | sukai ini | suka memuat | condividi | stampa | iscriviti
    accedi | delen | deel dit | inloggen | abonneren | zoeken | поделиться | войти | подписаться | поиск | наверх
    подробнее | paylaş | yazdır | abone ol | giriş yap | 分享 | 登录 | 注册 | 返回顶部 | 首页 | シェア
    ログイン | 検索 | مشاركة | شارك | طباعة
""")
"""Labels of buttons, links and form fields."""

INSERTS = _lines("""
    advertisement | advertisements | advertising | advert | adverts | ad | ads | ads by google | remove ads
    this is an ad | skip ad | skip advertisement | advertisement scroll to continue
    scroll to continue | scroll down to continue | skip past newsletter promotion | after newsletter promotion
    sponsored by | supported by | presented by
    story continues below | story continues below advertisement | story continues | article continues below
    article continues below advertisement | article continues after advertisement | article continues after ad
    continue reading | continue reading below | continue reading the main story
    anzeige | werbung | publicité | publicidad | publicidade | pubblicità | advertentie | реклама | reklam | iklan
    广告 | 廣告 | 広告 | إعلان
    video | audio | gallery | slideshow | videos | view gallery | view slideshow | see full gallery | view photos
    photos | enlarge | enlarge image | view image | view fullscreen | expand | hide caption | toggle caption | caption
    image | photo | open image modal | watch live | watch now | watch video | play video | replay
    mute | unmute | fullscreen | close video | loading | autoplay | file photo | in | by | via
    getty | getty images | ap | ap photo | ap images | associated press | the associated press | reuters | afp | epa
    shutterstock | istock | alamy | pa media | pa wire | afp via getty images | via getty images
    bloomberg via getty images | image via getty images
""")
"""What stands between the paragraphs of an article, or under its photographs, for the page's sake."""

FOOTER = re.compile(
    r"""(?:
      (?:tags?|tagged|topics?|related\ (?:tags|topics|articles?|stor(?:y|ies)|links|news|coverage|reading)|keywords
        |categor(?:y|ies)|in\ this\ article|schlagwörter|mots[ -]clés|etiquetas|temas)\ ?(?:[:：|\#]|(?:with|as)\b)
    | tags\ (?-i:[A-Z]) | filed\ under\b | posted\ in\b | request\ reprint
    | read\ or\ share\ this | all\ rights\ reserved
    | (?:©|\(c\)|copyright)\ .{0,3}(?:19|20)\d\d\b | (?:previous|next)\ (?:post|article|story|auto)\b
    | share\ (?:on|via|this|to)\b | no\ comments\b | top\ (?:rated\ )?comments\b
    | \d+\ ?(?:comments?|replies|kommentare?|commentaires?|comentarios?|comentários?|komentar|reacties)\b
    | more\ (?:from|in|on|by|coverage\ from)\ (?:the\ )?(?-i:[A-Z])[\w.'’]*(?:\ [\w.'’]+){0,4}[:.…]*$
    | more\ (?:[\w'’]+\ ){1,3}(?:stories|news|articles|headlines|posts|videos|coverage)[:.…]*$ | about\ the\ author\b
    | (?:terms\ of\ (?:use|service)|privacy\ policy)\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)
"""How a line begins, from its first word, that stands under an article, over the rest of the page."""

LEADING = re.compile(
    r"""(?:
      (?:read\ more|read\ also|also\ read|read\ next|more|related(?:\ (?:content|video|roundup))?
        |see\ also|watch(?:\ (?:now|live|video|more))?|don[’']t\ miss|lire\ aussi|à\ lire(?:\ aussi)?|lesen\ sie\ auch
        |mehr\ zum\ thema|lee\ también|leia\ (?:também|mais)|veja\ também|baca\ juga|leggi\ anche|lees\ ook
        |читайте\ также|延伸阅读|相关阅读|関連記事)\ ?[:：»]
    | (?:read\ (?:more|or\ share)|share|watch\ more|see\ more|also)\ (?:on|from|about|at|via|this)\b
    | more\ (?:on|from|about|by)\b
    | (?:tweet|print|email|save|bookmark)\ this\b | (?:click|tap)\ (?:here|to)\b
    | (?:please\ )?(?:log|sign)\ in\ (?:to|with|or|using)\b | sign\ ?up\ (?:for|to|now|here|with|today)\b
    | subscribe\ (?:to|now|today|here|for|via|at)\b | follow\ (?:us|me|him|her|them|@\w+)\b
    | follow\ [\w.\ ]{2,40}\ on\ (?:twitter|facebook|instagram|x|threads|youtube|linkedin|google|our)\b
    | like\ us\ on\b | join\ (?:us\ on|our\ (?:newsletter|mailing|community|forum|whatsapp|telegram))\b
    | get\ (?:our|the)\ (?:\w+\ ){0,4}(?:newsletter|app|alerts)\b | download\ (?:our|the)\ (?:\w+\ ){0,3}app\b
    | (?:photo(?:graph)?s?|image|picture|fot[oe]s?|bild|crédits?|imagen|(?:main|cover|featured?)\ image)
        \ (?:credits?|courtesy|source|illustration|copyright|via)\b | (?:image|photo)\ \d+\ of\b | back\ to\ gallery\b
    | contributing\ ?[:：]
    | © | copyright\b
    | (?:first\ |originally\ |last\ )?(?:published|updated|posted|modified)\ ?(?:[:：]|on\b|at\b|by\b|(?=\d)
        |(?:mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b)
    | written\ by\b | (?:publié|mis\ à\ jour)\ le\b | (?:publicado|actualizado|atualizado)\ (?:el|em|en|por)\b
    | veröffentlicht\ am\b | stand\ ?: | (?:previous|next)\ (?:post|article|story)\b | (?:skip|jump)\ to\b
    | (?:go|back|return)\ to\ (?:top|home|homepage|the\ top|main)\b | you\ are\ (?:here|signed\ in)\b
    | (?:got|have)\ a\ (?:news\ )?tip\b | want\ (?:more|to\ read\ more)\b
    | (?:view|see|show|read|load)\ (?:all\ |the\ |more\ |full\ )?(?:\d+\ )?(?:comments?|replies|gallery|slideshow)\b
    | \d+\ ?(?:comments?|replies|shares?|likes?|retweets?|kommentare?|commentaires?|comentarios?|comentários?
        |komentar|reacties)\b
    | (?:sponsored|powered)\ by\b | about\ the\ author\b | listen\ to\ this\ (?:article|story)\b
    | (?:tiempo\ de\ lectura|tempo\ de\ leitura|lesezeit|temps\ de\ lecture|reading\ time|estimated\ reading)\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)
"""How a line begins, from its first word, that is no sentence of an article."""

TRAILING = re.compile(
    r"""(?:\b(?:
      min(?:ute)?s?[ -]read | (?:minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?)\ ago
    | all\ rights\ reserved | click(?:ing)?\ here | \d\ (?:comments?|followers)
    ) | [»›] )[\W_]*$""",
    re.IGNORECASE | re.VERBOSE,
)
"""How a line ends that is no sentence of an article."""

CREDIT = re.compile(
    r"""(?:photo(?:graph)?s?|image|picture|credits?|source|quelle|fot[oe]|bild)\ ?(?:[:：]|(?:by|von|par|por)\b)
    | courtesy\ (?:of|photo)\b
    | .*(?:
        \b(?:(?:submitted|courtesy|file|handout)\ photo|ap\ photo|getty(?:\ images)?(?:\ plus|\ europe)?|ap\ images
          |shutterstock(?:\.com)?|istock(?:photo)?|alamy(?:\ stock\ photo)?|via\ (?:ap|reuters|afp)
          |(?:staff|contributing)\ (?:writer|reporter|photographer)|(?:opinion|special)\ contributors?
          |opinion\ columnist)
        |[/,|]\ ?(?:ap|afp|reuters|epa|pa|bloomberg)
      )[\W_]*$""",
    re.IGNORECASE | re.VERBOSE,
)
"""How a line of a few words begins or ends that says who took a photograph, or what its author is."""

NOTICE = re.compile(
    r"""^(?:
      subscribe\ to | sign\ up\ (?:for|to) | join\ (?:our|us\ on) | download\ (?:our|the\ [\w\ ]{1,30}\ app)
    | (?:originally|first)\ (?:published|appeared)\ (?:on|in|at|by)
    | get\ (?:the\ latest|breaking|daily)\ [^.]{0,40}\b(?:alerts|updates|newsletters?)
    | support\ (?:independent|our|quality)\ journalism
    )\b
    | (?:^|[.!?:;)]\ ?)(?:
      (?:the\ |all\ |any\ )?(?:\w+,\ )?(?:\w+\ (?:and|or)\ )?(?:views?|opinions?|statements?)(?:\ (?:and|or)\ \w+)?
        \ expressed\b[^.]{0,120}\b(?:own|solely|those\ of|not\ (?:necessarily\ )?(?:reflect|represent))\b
    | follow\ (?:[^.]{2,60}\ )?on\ (?:facebook|twitter|instagram|linkedin|youtube|telegram|google\ news)\b
    | (?:subscribe|sign\ ?up)\b[^.!?]{0,50}\b(?:newsletters?|mailing\ list|e-?mails?|alerts|inbox)\b
    )
    | \b(?:
      not\ necessarily\ (?:reflect|represent)\ (?:the\ |those\ )(?:\w+\ )?(?:views?|opinions?|positions?|policy|of)
    | (?:site|website|article|information|content|column|page)\ [^.]{0,40}\bnot\ (?:intended\ as|constitute|give|provide
        |offer)\ [^.]{0,40}\b(?:financial|investment|legal|medical)\ [^.]{0,30}\badvice
    | all\ rights\ reserved | alle\ rechte\ vorbehalten | tous\ droits\ réservés | todos\ los\ derechos\ reservados
    | todos\ os\ direitos\ reservados | все\ права\ защищены | tutti\ i\ diritti\ riservati
    | may\ not\ be\ (?:reproduced|republished|published,\ broadcast|copied)
    | (?:we|this\ (?:web)?site|our\ (?:web)?site)\ uses?\ (?:\w+\ ){0,3}cookies | our\ use\ of\ cookies
    | protected\ by\ recaptcha | your\ email\ (?:address\ )?will\ not\ be\ published | required\ fields\ are
    | (?:enable|requires?|turn\ on)\ javascript | (?:disable|turn\ off)\ (?:your\ )?ad[\ -]?block
    | by\ (?:signing\ up|subscribing|submitting|registering|clicking|continuing)\b[^.]{0,40}\ you\ [^.]{0,30}\bagree
    | (?:use\ of|registration\ on)\b[^.]{0,40}\bsite\ constitutes
    | (?:subscribe|sign\ ?up)\ (?:to|for)\ (?:our|this)\b | sign\ ?up\ here(?=\ ?[.,!)]|$|\ to\ |\ for\ )
    | (?:delivered|sent|straight|right|directly)\ (?:\w+\ ){0,3}(?:to|in)\ your\ (?:inbox|mailbox|letterbox)
    | in\ your\ inbox\b[^.]{0,30}\b(?:every|each|daily|weekly|morning|sign) | meet\ your\ inbox
    | unsubscribe\ at\ any\ time | (?:we|may)\ (?:earn|receive|get)\ an?\ (?:\w+\ ){0,2}commission
    | (?:contains?|includes?|uses?)\ [^.]{0,30}\baffiliate\ links
    | (?:or|and|can|also)\ follow\ (?:us|me|him|her|them|@\w+|\w+(?:\ \w+)?)\ on\ (?:twitter|facebook|instagram)
    | (?:like|find|join)\ us\ on\ (?:twitter|facebook|instagram|linkedin|youtube|telegram|whatsapp)
    | this\ (?:article|story|post|piece|column|report)\ (?:was\ |is\ )?(?:originally|first|initially)\ (?:\w+\ )?
        (?:published|appeared|posted)
    | (?:logged|signed|log|sign)[\ -]in\ to\ (?:comment|post|reply|leave|view\ comments)
    | you(?:\ have|[’']ve)\ (?:reached|read|used)\ (?:your|all)\b[^.]{0,40}\bfree\ (?:articles?|limit)
    | contact\ (?:[\w.]+\ ){1,5}(?:at|on)\ [^\ ]+@[\w.]+ | e-?mail\ (?:him|her|them|us)\ at\ [^\ ]+@[\w.]+
    | (?:reporting|writing|compiled)\ by\ [^.]{0,120}\b(?:editing|writing|reporting)\ by
    | contributed\ (?:to\ this\ (?:report|story|article)|reporting) | click\ here(?:\ [^.\ ]+){0,6}\.?$
    )(?!\w)
    """,
    re.VERBOSE,
)
"""What a notice of the site says, in lower case: disclaimers, rights, cookies, newsletters, how to reach a writer."""
